//! The parts that only a yearly issue has: who moved towards whom, storylines, names.

use crate::digest::{
    EvidenceView, Movement, NamingReview, NamingRow, PeakReview, PhaseReview, RelationReview, Review, ShiftReview,
    StorylineReview,
};
use crate::render::block::{
    Block, Cell, Chip, Column, Entries, Entry, Place, Section, Source, Span, Table, Title, Tone, signed, text,
};
use crate::render::svg::{Chart, Mark, Plot};
use crate::render::words::{long_date, plural, sentence};
use crate::trends::{Direction, RelationQuarter, days_in_words};

/// Most pairs that are shown with their course; the JSON has all.
const MOVED_MAX: usize = 5;
/// Most storylines, peaks of a storyline and sets of names that are shown; the JSON has all.
const STORYLINES_MAX: usize = 4;
const PEAKS_MAX: usize = 3;
const SETS_MAX: usize = 2;
/// Explains the figures.
const TONE: &str = "Mean tone of the stories about two actors, from −10 to +10, with 95 % intervals. It belongs to the pair and does not say which of the two moved. Only changes beyond chance are reported.";

/// Who moved towards whom: the section before the turning points.
pub(super) fn relations(review: &Review) -> Option<Section> {
    let is_still = |relation: &&RelationReview| {
        relation.movement == Movement::Steady && relation.shifts.is_empty() && relation.phases.len() < 2
    };
    let (still, moved): (Vec<&RelationReview>, Vec<&RelationReview>) = review.relations.iter().partition(is_still);
    let range = reach(&moved);
    let mut blocks = Vec::new();
    if review.movers.is_empty() {
        blocks.push(Block::Paragraph(vec![text("No relation changed beyond chance.")]));
    } else {
        let line = |mover: &crate::digest::Mover| {
            vec![Span::Strong(mover.actor.label.clone()), text(format!(" {}", mover.sentence))]
        };
        blocks.push(Block::List { is_small: false, items: review.movers.iter().map(line).collect() });
    }
    let course = format!(" The chart is by week, from −{range} to +{range}; a vertical mark is a lasting change.");
    let course = (!moved.is_empty()).then_some(Span::OnPage(course));
    blocks.push(Block::Aside(std::iter::once(text(TONE)).chain(course).collect()));
    if !moved.is_empty() {
        let list = moved.iter().take(MOVED_MAX).map(|relation| moved_relation(relation, range)).collect();
        blocks.push(Block::Entries(Entries { list, is_short_in_mail: true }));
        let omitted = moved.len().saturating_sub(MOVED_MAX);
        if omitted > 0 {
            blocks.push(Block::Aside(vec![text(format!(
                "{}.",
                plural(omitted, "further pair moved", "further pairs moved")
            ))]));
        }
    }
    if !still.is_empty() {
        blocks.push(Block::Subheading(vec![text("No change beyond chance")]));
        blocks.push(Block::Table(still_relations(&still)));
    }
    let section = Section { is_main: true, ..Section::new("relations", "Who moved towards whom", blocks) };
    (!review.relations.is_empty()).then_some(section)
}

/// One scale for all charts of a list; a week of a story or two may reach beyond it and is cut.
fn reach(relations: &[&RelationReview]) -> f64 {
    let levels = relations.iter().flat_map(|relation| &relation.weeks).filter_map(|week| week.level);
    let busy = levels.filter(|level| level.stories >= 3).map(|level| level.index.abs());
    busy.fold(4.0, f64::max).ceil().min(10.0)
}

fn quarter_name(quarter: &RelationQuarter) -> String {
    format!("Q{}", (quarter.from.month() - 1) / 3 + 1)
}

/// The quarters on one line, with the number of stories.
fn course_words(relation: &RelationReview) -> String {
    let level = |quarter: &RelationQuarter| quarter.level.map_or("–".to_owned(), |level| signed(level.index));
    let quarters: Vec<String> =
        relation.quarters.iter().map(|quarter| format!("{} {}", quarter_name(quarter), level(quarter))).collect();
    format!("{}; {} stories", quarters.join(", "), relation.stories)
}

fn chart(relation: &RelationReview, reach: f64, size: (u32, u32)) -> Chart {
    let mark = |shift: &ShiftReview| {
        let place = relation.weeks.iter().rposition(|week| week.week <= shift.date)?;
        Some(Mark { place, href: None, title: long_date(shift.date) })
    };
    let marks = relation.shifts.iter().filter_map(mark).collect();
    let label = format!("{}: {}; {}", relation.label, relation.sentence, course_words(relation));
    Chart { plot: Plot::Index { weeks: relation.weeks.clone(), marks, reach }, size, label }
}

fn moved_relation(relation: &RelationReview, reach: f64) -> Entry {
    let chip = match relation.movement {
        Movement::Closer => Some(Chip::new("▲ closer", Tone::Warmer)),
        Movement::Apart => Some(Chip::new("▼ apart", Tone::Colder)),
        Movement::Mended => Some(Chip::new("▼▲ fell and recovered", Tone::Neutral)),
        Movement::FellBack => Some(Chip::new("▲▼ rose and fell back", Tone::Neutral)),
        Movement::Steady | Movement::Unclear => None,
    };
    let shift = |shift: &ShiftReview| match shift.direction {
        Some(Direction::Positive) => format!("{} (warmer)", long_date(shift.date)),
        Some(Direction::Negative) => format!("{} (colder)", long_date(shift.date)),
        None => long_date(shift.date),
    };
    let shifts: Vec<String> = relation.shifts.iter().map(shift).collect();
    let mut details = vec![vec![text(course_words(relation))]];
    if !shifts.is_empty() {
        details.push(vec![text(format!("changed on {}", shifts.join(", ")))]);
    }
    let phase = |phase: &PhaseReview| {
        let way = match phase.direction {
            Direction::Positive => "closer",
            Direction::Negative => "apart",
        };
        format!("{way} {}", days_in_words(phase.from, phase.to, false))
    };
    let phases: Vec<String> = relation.phases.iter().map(phase).collect();
    if !phases.is_empty() {
        details.push(vec![text(format!("by turning points: {}", phases.join(", then ")))]);
    }
    let of_phase =
        |phase: &PhaseReview| phase.event.as_ref().map(|event| Source { date: Some(phase.from), ..evidence(event) });
    let by_phase: Vec<Source> = relation.phases.iter().filter_map(of_phase).collect();
    Entry {
        chips: chip.into_iter().collect(),
        title: vec![text(&relation.label)],
        text: vec![text(sentence(&relation.sentence))],
        chart: Some(chart(relation, reach, (720, 64))),
        details,
        sources: match by_phase.is_empty() {
            true => relation.shifts.iter().flat_map(|shift| &shift.evidence).map(evidence).collect(),
            false => by_phase,
        },
        ..Entry::default()
    }
}

fn still_relations(relations: &[&RelationReview]) -> Table {
    let range = reach(relations);
    let quarters = relations.first().map_or(&[][..], |relation| &relation.quarters);
    let mut columns = vec![Column::new("Pair"), Column::new(format!("By week, −{range} to +{range}"))];
    columns.extend(quarters.iter().map(|quarter| Column::number(quarter_name(quarter)).wide()));
    columns.push(Column::number("Stories"));
    columns.push(Column { place: Place::InText, ..Column::new("In words") });
    let row = |relation: &&RelationReview| {
        let mut row = vec![Cell::text(&relation.label), Cell::Chart(chart(relation, range, (240, 36)))];
        row.extend(relation.quarters.iter().map(|quarter| Cell::Line(vec![Span::Level(quarter.level)])));
        row.push(Cell::text(relation.stories.to_string()));
        row.push(Cell::text(&relation.sentence));
        row
    };
    Table { columns, rows: relations.iter().map(row).collect() }
}

/// Storylines and names: the sections after the turning points.
pub(super) fn threads(review: &Review) -> Vec<Section> {
    let list = review.storylines.iter().take(STORYLINES_MAX).map(storyline).collect();
    let mut storylines = vec![Block::Entries(Entries { list, is_short_in_mail: false })];
    storylines.extend(and_more(&review.storylines, STORYLINES_MAX, "further storyline", "further storylines"));
    let mut names: Vec<Block> = review.naming.iter().take(SETS_MAX).flat_map(naming).collect();
    names.extend(and_more(&review.naming, SETS_MAX, "further set of names", "further sets of names"));
    let mut sections = Vec::new();
    if !review.storylines.is_empty() {
        sections.push(Section::new("storylines", "Storylines of the year", storylines));
    }
    if !review.naming.is_empty() {
        sections.push(Section::new("naming", "What things were called", names));
    }
    sections
}

/// Says how many entries of a list are not shown; none if all are.
fn and_more<T>(list: &[T], shown: usize, one: &str, many: &str) -> Option<Block> {
    let omitted = list.len().saturating_sub(shown);
    (omitted > 0).then(|| Block::Aside(vec![text(format!("{}.", plural(omitted, one, many)))]))
}

fn storyline(line: &StorylineReview) -> Entry {
    let mut peaks: Vec<&PeakReview> = line.peaks.iter().collect();
    peaks.sort_by(|a, b| b.newsrooms.cmp(&a.newsrooms).then_with(|| a.date.cmp(&b.date)));
    let omitted = line.peaks_omitted + peaks.len().saturating_sub(PEAKS_MAX);
    peaks.truncate(PEAKS_MAX);
    peaks.sort_by_key(|peak| peak.date);
    let peak = |peak: &PeakReview| Source {
        date: Some(peak.date),
        more: peak.newsrooms.saturating_sub(1),
        ..evidence(&peak.evidence)
    };
    let widest = line.peaks.iter().map(|peak| peak.newsrooms).max().unwrap_or(0) as usize;
    let size = format!("{} items, at most {} on one event", line.items, plural(widest, "newsroom", "newsrooms"));
    Entry {
        title: vec![text(&line.subject.label)],
        details: vec![vec![text(size)]],
        sources: peaks.into_iter().map(peak).collect(),
        more: (omitted > 0).then(|| format!("and {}", plural(omitted, "more peak", "more peaks"))),
        ..Entry::default()
    }
}

fn naming(set: &NamingReview) -> Vec<Block> {
    let mut names = Vec::new();
    for (place, name) in set.names.iter().enumerate() {
        if place > 0 {
            names.push(text(" / "));
        }
        names.push(Span::Key(place, name.clone()));
    }
    let columns = vec![
        Column::new("Bloc"),
        Column::new("First three months"),
        Column::new("Last three months"),
        Column::number("Uses"),
    ];
    let row = |row: &NamingRow| {
        vec![
            Cell::text(row.bloc.map_or("all blocs", |bloc| bloc.label()).to_owned()),
            shares(&set.names, &row.first),
            shares(&set.names, &row.last),
            Cell::text(row.uses.iter().sum::<u32>().to_string()),
        ]
    };
    let table = Table { columns, rows: set.rows.iter().map(row).collect() };
    let rare = match set.rare {
        0 => None,
        1 => Some("one other bloc used these names only a few times".to_owned()),
        many => Some(format!("{many} other blocs used these names only a few times")),
    };
    let mut blocks =
        vec![Block::Subheading(names), Block::Paragraph(vec![text(sentence(&set.sentence))]), Block::Table(table)];
    blocks.extend(rare.map(|words| Block::Aside(vec![text(words)])));
    blocks
}

/// The share of each name, as a chart that says in words `Corridor 80 %, Route 20 %`.
fn shares(names: &[String], uses: &[u32]) -> Cell {
    let all: u32 = uses.iter().sum();
    if all == 0 {
        return Cell::none();
    }
    let parts: Vec<f64> = uses.iter().map(|&uses| f64::from(uses) / f64::from(all)).collect();
    let used = names.iter().zip(&parts).filter(|(_, share)| **share > 0.0);
    let words: Vec<String> = used.map(|(name, share)| format!("{name} {:.0} %", 100.0 * share)).collect();
    Cell::Chart(Chart { plot: Plot::Shares(parts), size: (120, 14), label: words.join(", ") })
}

/// An item that shows a turning point.
pub(super) fn evidence(item: &EvidenceView) -> Source {
    Source {
        title: Some(Title::new(&item.title, item.language.as_deref(), item.url.as_deref())),
        outlet: item.outlet.clone(),
        ..Source::default()
    }
}
