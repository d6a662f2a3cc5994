//! From a trend report to its document.

use jiff::civil::Date;

use crate::render::block::{
    Block, Cell, Chip, Column, Document, Entries, Entry, Line, Place, Section, Source, Span, Table, Title, Tone,
    signed, text,
};
use crate::render::svg::{Chart, Mark, Plot};
use crate::render::words::{long_date, percent, plural};
use crate::trends::{
    BlocCoverage, Direction, EmergingWord, EvidenceItem, FEW_STORIES, Level, NameMonth, NamingView, OverviewSentence,
    Pair, Peak, Phase, PhaseEvent, RelationView, ReportPeriod, StoryCoverage, Storyline, TagSeries, TrendReport,
    TurningKind, TurningPoint, days_in_words,
};

/// Fewer months than this are not charted.
const COURSE_MONTHS: usize = 3;
/// Most reports shown for a turning point, beside the one that its title links to.
const SOURCES_MAX: usize = 1;
/// Most turning points that are shown; those that fewest newsrooms reported are listed on demand.
const POINTS_MAX: usize = 12;
const WIDER_POINTS_MAX: usize = 12;
/// Most events shown for each phase of a pair.
const PHASE_EVENTS_MAX: usize = 1;
/// Most pairs that are said to have moved.
const MOVED_MAX: usize = 5;
/// Most sets of rival names.
const SETS_MAX: usize = 2;
/// Most storylines, widely carried stories, new words and series that are shown; the JSON has all.
const STORYLINES_MAX: usize = 4;
const PEAKS_MAX: usize = 3;
const COVERAGE_MAX: usize = 3;
const WORDS_MAX: usize = 6;
const SERIES_MAX: usize = 8;
const TONES_MAX: usize = 6;

/// Where a report that is shown on a site leads: what a number counts is one click away.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Links {
    /// Returns the address of the items of a tag in a period.
    pub(crate) tag: fn(&str, &ReportPeriod) -> String,
    /// Returns the address of the page of a pair.
    pub(crate) pair: fn(&Pair) -> String,
}

/// A name that is a link on a site, and bare elsewhere.
fn name(label: &str, address: Option<String>) -> Span {
    match address {
        Some(address) => Span::Title(Title { text: label.to_owned(), language: None, url: Some(address) }),
        None => text(label),
    }
}

/// The document of a report; on a site with links to what it rests on.
pub(crate) fn of(report: &TrendReport, links: Option<&Links>) -> Document {
    let title = format!("Trends, {}", days(&report.period));
    let panel = &report.panel;
    let sections = [
        overview(report),
        moved(report, links),
        Some(turning_points(report)),
        wider_world(report),
        storylines(report),
        naming(report),
        unknown(report),
        relations(report, links),
        coverage(report),
        emerging(report),
        monitored(report),
        Some(series(report, links)),
    ];
    Document {
        name: title.clone(),
        description: "Trend report with the items behind each figure".to_owned(),
        kind: "Trend report".to_owned(),
        title,
        lead: format!("{} items, {} of them originals, from {} outlets", panel.items, panel.originals, panel.outlets),
        notes: report.notes.clone(),
        sections: sections.into_iter().flatten().collect(),
        footer: Some(how_to_read(&report.period)),
        ..Document::default()
    }
}

/// What a reader should know first, each sentence with links to what it rests on.
fn overview(report: &TrendReport) -> Option<Section> {
    let sentence = |sentence: &OverviewSentence| {
        let mut line = vec![text(&sentence.text)];
        for item in &sentence.evidence {
            line.push(text(" "));
            line.push(Span::Small(vec![Span::Title(Title::new(&item.outlet, None, item.url.as_deref()))]));
        }
        line
    };
    let items = report.overview.iter().map(sentence).collect();
    let blocks = vec![Block::List { is_small: false, items }];
    let section = Section { is_listed: false, ..Section::new("overview", "In short", blocks) };
    (!report.overview.is_empty()).then_some(section)
}

/// Who moved towards whom: the pairs of the region with a phase.
fn moved(report: &TrendReport, links: Option<&Links>) -> Option<Section> {
    let is_shown = |relation: &&RelationView| !relation.phases.is_empty() && is_regional(relation, report);
    let relations: Vec<&RelationView> = report.relations.iter().filter(is_shown).collect();
    let list = relations.iter().take(MOVED_MAX).map(|relation| moved_pair(relation, report, links)).collect();
    let mut blocks = vec![Block::Entries(Entries { list, is_short_in_mail: false })];
    blocks.extend(and_more(relations.len().saturating_sub(MOVED_MAX), "further pair moved", "further pairs moved"));
    let count = relations.len();
    (count > 0).then(|| Section::new("moved", "Who moved towards whom", blocks).counted(count))
}

/// Whether the pair has a turning point of the region.
fn is_regional(relation: &RelationView, report: &TrendReport) -> bool {
    let of_pair = |point: &&TurningPoint| point.pair.as_ref() == Some(&relation.pair);
    report.turning_points.iter().filter(of_pair).any(|point| point.is_regional)
}

fn moved_pair(relation: &RelationView, report: &TrendReport, links: Option<&Links>) -> Entry {
    let with_year = report.period.since.year() != report.period.until.yesterday().unwrap_or_default().year();
    let phase = |phase: &Phase| match phase.direction {
        Direction::Positive => format!("closer {}", days_in_words(phase.from, phase.to, with_year)),
        Direction::Negative => format!("apart {}", days_in_words(phase.from, phase.to, with_year)),
    };
    let course: Vec<String> = relation.phases.iter().map(phase).collect();
    let few = if relation.stories < FEW_STORIES { ": few, so judge with care" } else { "" };
    let stories = plural(relation.stories as usize, "story", "stories");
    let event = |event: &PhaseEvent| {
        let evidence = event.evidence.as_ref();
        let url = evidence.and_then(|item| item.url.as_deref());
        Source {
            date: Some(event.date),
            title: Some(Title::new(&event.title, None, url)),
            outlet: evidence.map(|item| item.outlet.clone()).unwrap_or_default(),
            more: event.newsrooms.saturating_sub(1),
            ..Source::default()
        }
    };
    let events = |phase: &Phase| {
        let mut widest: Vec<PhaseEvent> = phase.events.clone();
        widest.sort_by(|a, b| b.newsrooms.cmp(&a.newsrooms).then(a.date.cmp(&b.date)));
        widest.truncate(PHASE_EVENTS_MAX);
        widest.sort_by_key(|event| event.date);
        widest
    };
    Entry {
        chips: relation.phases.iter().map(|phase| Chip::of_direction(phase.direction)).collect(),
        title: vec![name(&relation.label, links.map(|links| (links.pair)(&relation.pair)))],
        text: vec![text(format!("{}.", course.join(", then ")))],
        details: vec![vec![text(format!("{stories} in the period{few}"))]],
        sources: relation.phases.iter().flat_map(events).map(|one| event(&one)).collect(),
        ..Entry::default()
    }
}

/// What did not happen or is not known: silences, and what is too sparse to judge.
fn unknown(report: &TrendReport) -> Option<Section> {
    let silences = report.turning_points.iter().filter(|point| point.kind == TurningKind::Silence);
    let silence = |point: &TurningPoint| vec![text(format!("From {}: {}.", long_date(point.date), point.title))];
    let items: Vec<Line> =
        silences.map(silence).chain(report.unknown.iter().map(|sentence| vec![text(sentence)])).collect();
    let is_empty = items.is_empty();
    let blocks = vec![Block::List { is_small: false, items }];
    (!is_empty).then(|| Section::new("unknown", "What did not happen or is not known", blocks))
}

/// The days of a period: `1 May 2026 to 31 May 2026`.
pub(super) fn days(period: &ReportPeriod) -> String {
    let last = period.until.yesterday().unwrap_or(period.until).max(period.since);
    format!("{} to {}", long_date(period.since), long_date(last))
}

fn how_to_read(period: &ReportPeriod) -> Section {
    let days = format!(
        "Days are in the time zone {}. A grey band (in plain text a dot) is a gap: nothing was monitored then. Shares are of all items monitored in the period.",
        period.time_zone
    );
    let figures = "A turning point is a change beyond what the past of the same outlets predicts, in original texts from at least two newsrooms; copies of a text count once. Two actors moved closer or apart by the turning points between them. The tone of a relation ranges from −10 (attack) to +10 (alliance); the band is its 95 % confidence interval, and a week without stories is left blank.";
    let blocks = vec![Block::Paragraph(vec![text(days)]), Block::Paragraph(vec![text(figures)])];
    Section::new("footer", "How to read this", blocks)
}

fn monitored(report: &TrendReport) -> Option<Section> {
    let values = report.days.iter().map(|day| (!day.gap).then(|| f64::from(day.items))).collect();
    let most = report.days.iter().map(|day| day.items).max()?;
    let gaps = report.panel.gap_days;
    let label = format!("Items per day, at most {most}; {gaps} days without any");
    let chart = Chart { plot: Plot::Bars { values, marks: Vec::new() }, size: (720, 90), label };
    let mut caption = format!("Items per day from {}, at most {most}", days(&report.period));
    if gaps > 0 {
        caption.push_str(&format!("; {gaps} days are gaps"));
    }
    let section = Section::new("monitored", "What was monitored", vec![Block::Figure(chart, caption)]);
    Some(Section { is_listed: false, ..section })
}

fn turning_points(report: &TrendReport) -> Section {
    let mut blocks = Vec::new();
    let points: Vec<(usize, &TurningPoint)> = report
        .turning_points
        .iter()
        .enumerate()
        .filter(|(_, point)| point.is_regional && point.kind != TurningKind::Silence)
        .collect();
    let count = points.len();
    let (shown, rest) = widest(points, POINTS_MAX);
    let list: Vec<Entry> = shown.into_iter().map(|(place, point)| turning_point(place, point)).collect();
    if list.is_empty() {
        blocks.push(Block::Paragraph(vec![text("None found in this period.")]));
    } else {
        blocks.push(Block::Entries(Entries { list, is_short_in_mail: false }));
    }
    blocks.extend(on_demand(&rest));
    if !report.expected.is_empty() {
        let line = |point: &TurningPoint| vec![text(format!("{}: {}", long_date(point.date), point.title))];
        blocks.push(Block::Folded {
            summary: format!(
                "{} (anniversaries, sport)",
                plural(report.expected.len(), "expected peak", "expected peaks")
            ),
            items: report.expected.iter().map(line).collect(),
        });
    }
    Section::new("turning-points", "Turning points", blocks).counted(count)
}

/// Turning points, each with its place in the report.
type Placed<'a> = Vec<(usize, &'a TurningPoint)>;

/// Parts turning points into the widest, at most so many, and the others; both stay in order of date.
fn widest(points: Placed<'_>, most: usize) -> (Placed<'_>, Placed<'_>) {
    let mut order: Vec<usize> = (0..points.len()).collect();
    order.sort_by_key(|&place| (std::cmp::Reverse(points[place].1.newsrooms), place));
    order.truncate(most);
    let (mut shown, mut rest) = (Vec::new(), Vec::new());
    for (place, point) in points.into_iter().enumerate() {
        if order.contains(&place) { shown.push(point) } else { rest.push(point) }
    }
    (shown, rest)
}

/// Turning points as a list that a page shows on demand; none without any.
fn on_demand(points: &[(usize, &TurningPoint)]) -> Option<Block> {
    let summary = plural(points.len(), "further turning point", "further turning points");
    let items = points.iter().map(|(_, point)| brief(point)).collect();
    (!points.is_empty()).then_some(Block::Folded { summary, items })
}

/// A turning point on one line.
fn brief(point: &TurningPoint) -> Line {
    let url = point.evidence.first().and_then(|item| item.url.as_deref());
    let mut line = vec![
        Span::Time(point.date.to_string(), point.date.strftime("%-d %b").to_string()),
        text("  "),
        Span::Title(Title::new(&point.title, None, url)),
    ];
    if point.newsrooms > 1 {
        line.push(Span::Small(vec![text(format!(" {} newsrooms", point.newsrooms))]));
    }
    line
}

fn turning_point(place: usize, point: &TurningPoint) -> Entry {
    let first = point.evidence.first();
    let language = first.filter(|item| item.title == point.title).and_then(|item| item.language.as_deref());
    let others = point.evidence.iter().filter(|item| item.title != point.title);
    Entry {
        id: Some(format!("point-{place}")),
        date: Some(point.date),
        chips: kind(point).into_iter().chain(point.direction.map(Chip::of_direction)).collect(),
        title: vec![Span::Title(Title::new(&point.title, language, first.and_then(|item| item.url.as_deref())))],
        details: (!point.figures.is_empty()).then(|| vec![text(&point.figures)]).into_iter().collect(),
        sources: others.take(SOURCES_MAX).map(evidence).collect(),
        ..Entry::default()
    }
}

/// The kind of a turning point, if it is not an event.
fn kind(point: &TurningPoint) -> Option<Chip> {
    let word = match point.kind {
        TurningKind::Burst | TurningKind::Deed => return None,
        TurningKind::RelationShift => "Relation",
        TurningKind::NamingShift => "Naming",
        TurningKind::NewName => "New name",
        TurningKind::StorylineStart => "Storyline",
        TurningKind::Silence => "Silence",
    };
    Some(Chip::new(word, Tone::Neutral))
}

/// The turning points outside the region, a line each.
fn wider_world(report: &TrendReport) -> Option<Section> {
    let is_shown = |(_, point): &(usize, &TurningPoint)| !point.is_regional && point.kind != TurningKind::Silence;
    let points: Vec<(usize, &TurningPoint)> = report.turning_points.iter().enumerate().filter(is_shown).collect();
    let count = points.len();
    let (shown, rest) = widest(points, WIDER_POINTS_MAX);
    let items = shown.iter().map(|(_, point)| brief(point)).collect();
    let mut blocks = vec![Block::List { is_small: true, items }];
    blocks.extend(on_demand(&rest));
    (count > 0).then(|| Section::new("wider-world", "Russia's wars and the wider world", blocks).counted(count))
}

fn title(item: &EvidenceItem) -> Title {
    Title::new(&item.title, item.language.as_deref(), item.url.as_deref())
}

fn evidence(item: &EvidenceItem) -> Source {
    Source {
        title: Some(title(item)),
        outlet: item.outlet.clone(),
        bloc: item.bloc.map(|bloc| bloc.label().to_owned()),
        ..Source::default()
    }
}

fn relations(report: &TrendReport, links: Option<&Links>) -> Option<Section> {
    // One scale for all rows, so that they can be compared; a week of a single story may reach beyond it and is cut.
    let weeks = report.relations.iter().flat_map(|relation| &relation.weeks);
    let busy = weeks.filter_map(|week| week.level).filter(|level| level.stories >= 3);
    let reach = busy.map(|level| level.index.abs()).fold(4.0, f64::max).ceil().min(10.0);
    let drawn = format!(
        ", from −{reach} to +{reach}; the dashed line is zero, and a vertical mark is a change, with a link to the items that show it"
    );
    let about = vec![
        text("Tone of the stories about two actors, by week"),
        Span::OnPage(drawn),
        text(". “Now” is the last four weeks."),
    ];
    let columns = vec![
        Column::new("Pair"),
        Column::new("By week"),
        Column::number("Now"),
        Column::number("Quarter ago").wide(),
        Column::number("Year ago").wide(),
        Column::number("Stories").wide(),
    ];
    let is_shown = |relation: &&RelationView| relation.stories >= FEW_STORIES;
    let rows: Vec<Vec<Cell>> = report
        .relations
        .iter()
        .filter(is_shown)
        .take(TONES_MAX)
        .map(|relation| relation_row(relation, report, reach, links))
        .collect();
    let (count, omitted) = (rows.len(), report.relations.len() - rows.len());
    let mut blocks = vec![Block::Aside(about), Block::Table(Table { columns, rows })];
    blocks.extend(and_more(omitted, "further pair", "further pairs"));
    (count > 0).then(|| Section::new("relations", "Tone by week", blocks).counted(count))
}

/// A remark on what is left out.
fn and_more(count: usize, one: &str, many: &str) -> Option<Block> {
    (count > 0).then(|| Block::Aside(vec![text(format!("{}.", plural(count, one, many)))]))
}

fn relation_row(relation: &RelationView, report: &TrendReport, reach: f64, links: Option<&Links>) -> Vec<Cell> {
    let mark = |date: &Date| {
        let place = relation.weeks.iter().rposition(|week| week.week <= *date)?;
        let found = report.turning_points.iter().position(|point| {
            point.date == *date
                && point.pair.as_ref() == Some(&relation.pair)
                && point.kind == TurningKind::RelationShift
        });
        let title = found.map_or("", |found| &report.turning_points[found].title);
        let title = format!("{}: {title}", long_date(*date));
        Some(Mark {
            place,
            href: found
                .filter(|&found| report.turning_points[found].is_regional)
                .map(|found| format!("#point-{found}")),
            title,
        })
    };
    let marks = relation.shifts.iter().filter_map(mark).collect();
    let level =
        |level: Level| format!("{} (from {} to {})", signed(level.index), signed(level.low), signed(level.high));
    let shifts: Vec<String> = relation.shifts.iter().map(ToString::to_string).collect();
    let label = format!(
        "{}: {} stories, now {}; changes: {}",
        relation.label,
        relation.stories,
        relation.now.map_or("not known".to_owned(), level),
        if shifts.is_empty() { "none".to_owned() } else { shifts.join(", ") }
    );
    let plot = Plot::Index { weeks: relation.weeks.clone(), marks, reach };
    let level = |level| Cell::Line(vec![Span::Level(level)]);
    vec![
        Cell::Line(vec![name(&relation.label, links.map(|links| (links.pair)(&relation.pair)))]),
        Cell::Chart(Chart { plot, size: (240, 44), label }),
        level(relation.now),
        level(relation.quarter_ago),
        level(relation.year_ago),
        Cell::text(relation.stories.to_string()),
    ]
}

fn naming(report: &TrendReport) -> Option<Section> {
    let (alone, sets): (Vec<&NamingView>, Vec<&NamingView>) = report.naming.iter().partition(|set| set.sides.len() < 2);
    let about = vec![
        text("Which of several rival names is used, by press bloc"),
        Span::OnPage(" and by month".to_owned()),
        text("; only outlets that were read throughout count."),
    ];
    let mut blocks = vec![Block::Aside(about)];
    blocks.extend(sets.iter().take(SETS_MAX).flat_map(|set| naming_set(set)));
    blocks.extend(and_more(sets.len().saturating_sub(SETS_MAX), "further set of names", "further sets of names"));
    let alone: Vec<String> =
        alone.iter().filter_map(|set| Some(format!("{} ({})", set.labels.first()?, set.uses.first()?))).collect();
    if !alone.is_empty() {
        blocks.push(Block::Aside(vec![text(format!("Used without a rival: {}.", alone.join(", ")))]));
    }
    (!report.naming.is_empty()).then(|| Section::new("naming", "Naming", blocks))
}

fn naming_set(set: &NamingView) -> [Block; 2] {
    let mut names = Vec::new();
    for (place, (label, uses)) in set.labels.iter().zip(&set.uses).enumerate() {
        if place > 0 {
            names.push(text(" / "));
        }
        names.extend([Span::Key(place, label.clone()), text(" "), Span::Small(vec![text(uses.to_string())])]);
    }
    let outlets = plural(set.outlets as usize, "outlet", "outlets");
    names.push(Span::Small(vec![text(format!(" in {outlets}"))]));
    let mut blocs: Vec<_> = set.by_bloc.iter().map(|share| share.bloc).collect();
    blocs.dedup();
    let has_course = set.months.len() >= COURSE_MONTHS;
    let mut columns = vec![Column::new("Bloc"), Column::new("Shares")];
    columns.extend(has_course.then(|| Column { place: Place::OnPage, ..Column::new("By month") }));
    columns.push(Column::number("Uses"));
    let row = |bloc: &Option<crate::model::PressBloc>| {
        let share = |side: &String| set.by_bloc.iter().find(|share| share.bloc == *bloc && share.side == *side);
        let parts: Vec<f64> = set.sides.iter().map(|side| share(side).map_or(0.0, |share| share.share)).collect();
        let month = |month: usize| -> Vec<u32> {
            let uses = |side: &String| share(side).and_then(|share| share.months.get(month).copied());
            set.sides.iter().map(|side| uses(side).unwrap_or_default()).collect()
        };
        let uses: u32 = set.by_bloc.iter().filter(|share| share.bloc == *bloc).map(|share| share.uses).sum();
        let words: Vec<String> =
            set.labels.iter().zip(&parts).map(|(label, share)| format!("{label} {}", percent(*share))).collect();
        let months: Vec<Vec<u32>> = (0..set.months.len()).map(month).collect();
        let by_month = by_month(set, &months);
        let chart = |plot, label| Cell::Chart(Chart { plot, size: (120, 14), label });
        let mut row = vec![
            Cell::text(bloc.map_or("no bloc", |bloc| bloc.label()).to_owned()),
            chart(Plot::Shares(parts), words.join(", ")),
        ];
        row.extend(has_course.then(|| chart(Plot::ShareColumns(months), by_month)));
        row.push(Cell::text(uses.to_string()));
        row
    };
    let rows = blocs.iter().map(row).collect();
    [Block::Subheading(names), Block::Table(Table { columns, rows })]
}

/// The use of the names by month, in words, as the text alternative of the chart.
fn by_month(set: &NamingView, months: &[Vec<u32>]) -> String {
    let month = |(month, uses): (&NameMonth, &Vec<u32>)| {
        let used = set.labels.iter().zip(uses).filter(|(_, uses)| **uses > 0);
        let uses: Vec<String> = used.map(|(label, uses)| format!("{label} {uses}")).collect();
        (!uses.is_empty()).then(|| format!("{}: {}", month.month.strftime("%B %Y"), uses.join(", ")))
    };
    set.months.iter().zip(months).filter_map(month).collect::<Vec<_>>().join("; ")
}

fn storylines(report: &TrendReport) -> Option<Section> {
    let about = "What kept coming back for weeks: a matter, a pair of actors, or a person, organisation or project new in the news.";
    // What moved two actors is reported above.
    let is_told = |line: &Storyline| {
        report.relations.iter().any(|relation| !relation.phases.is_empty() && relation.label == line.label)
    };
    let lines: Vec<&Storyline> = report.storylines.iter().filter(|line| !is_told(line)).collect();
    let list = lines.iter().take(STORYLINES_MAX).map(|line| storyline(line)).collect();
    let mut blocks = vec![Block::Aside(vec![text(about)]), Block::Entries(Entries { list, is_short_in_mail: false })];
    blocks.extend(and_more(lines.len().saturating_sub(STORYLINES_MAX), "further storyline", "further storylines"));
    (!lines.is_empty()).then(|| Section::new("storylines", "Storylines", blocks))
}

fn storyline(line: &Storyline) -> Entry {
    let size = format!("{} peaks, {} items", line.peaks.len(), line.items);
    let mut widest: Vec<&Peak> = line.peaks.iter().collect();
    widest.sort_by(|a, b| b.newsrooms.cmp(&a.newsrooms).then(a.date.cmp(&b.date)));
    widest.truncate(PEAKS_MAX);
    widest.sort_by_key(|peak| peak.date);
    let source = |peak: &&Peak| {
        let first = peak.evidence.first();
        Source {
            date: Some(peak.date),
            title: Some(Title::new(&peak.title, None, first.and_then(|item| item.url.as_deref()))),
            outlet: first.map(|item| item.outlet.clone()).unwrap_or_default(),
            more: peak.newsrooms.saturating_sub(1),
            ..Source::default()
        }
    };
    let omitted = line.peaks.len() - widest.len();
    Entry {
        title: vec![text(&line.label)],
        details: vec![vec![text(size)]],
        sources: widest.iter().map(source).collect(),
        more: (omitted > 0).then(|| format!("and {}", plural(omitted, "more peak", "more peaks"))),
        ..Entry::default()
    }
}

fn coverage(report: &TrendReport) -> Option<Section> {
    let about = "The most widely carried stories: when each bloc reported, in hours after the first report, and which blocs were silent although they usually carry such stories.";
    let list = report.coverage.iter().take(COVERAGE_MAX).map(story_coverage).collect();
    let blocks = vec![Block::Aside(vec![text(about)]), Block::Entries(Entries { list, is_short_in_mail: false })];
    (!report.coverage.is_empty()).then(|| Section::new("coverage", "Coverage", blocks))
}

fn story_coverage(story: &StoryCoverage) -> Entry {
    let chip = |bloc: &BlocCoverage| {
        let times = if bloc.newsrooms > 1 { format!(" ×{}", bloc.newsrooms) } else { String::new() };
        let words = format!("{} +{} h{times}", bloc.bloc.label(), bloc.lag_hours);
        Chip { note: Some(bloc.first.title.clone()), ..Chip::new(words, Tone::Neutral) }
    };
    let silent = story.silent.iter().map(|bloc| Chip::new(format!("{}: silent", bloc.label()), Tone::Colder));
    let chips = story.blocs.iter().map(chip).chain(silent).collect();
    let mut who: Line =
        vec![text(format!("{} newsrooms; first: ", story.newsrooms)), Span::Foreign(story.first.outlet.clone())];
    if let Some(at) = story.at {
        who.extend([text(", "), Span::Time(at.to_string(), at.strftime("%-d %B %Y").to_string())]);
    }
    Entry {
        title: vec![Span::Title(title(&story.first))],
        text: vec![Span::Chips(chips)],
        details: vec![who],
        ..Entry::default()
    }
}

fn emerging(report: &TrendReport) -> Option<Section> {
    let about =
        "Words that no title contained for sixty days and that at least three newsrooms then used within two weeks.";
    let columns =
        vec![Column::new("Word"), Column::new("Since"), Column::number("Newsrooms"), Column::new("For example").wide()];
    let row = |word: &EmergingWord| {
        vec![
            Cell::Line(vec![Span::Foreign(word.word.clone())]),
            Cell::Line(vec![Span::Time(word.born.to_string(), word.born.to_string())]),
            Cell::text(word.newsrooms.to_string()),
            Cell::Line(word.evidence.first().map(|item| Span::Title(title(item))).into_iter().collect()),
        ]
    };
    let table = Table { columns, rows: report.emerging.iter().take(WORDS_MAX).map(row).collect() };
    let blocks = vec![Block::Aside(vec![text(about)]), Block::Table(table)];
    (!report.emerging.is_empty()).then(|| Section::new("emerging", "New words", blocks))
}

fn series(report: &TrendReport, links: Option<&Links>) -> Section {
    let blocks = if report.series.is_empty() {
        vec![Block::Paragraph(vec![text("No tagged items in this period.")])]
    } else {
        let drawn = "; a triangle marks a turning point of the tag and links to it";
        let about = vec![text("Items per day"), Span::OnPage(drawn.to_owned()), text(".")];
        let columns = vec![
            Column::new("Tag"),
            Column::new("By day"),
            Column::number("Items"),
            Column::number("Share").wide(),
            Column::number("Newsrooms").wide(),
            Column::number("Change"),
        ];
        let rows = report.series.iter().take(SERIES_MAX).map(|series| series_row(series, report, links)).collect();
        let mut blocks = vec![Block::Aside(about), Block::Table(Table { columns, rows })];
        blocks.extend(and_more(report.series.len().saturating_sub(SERIES_MAX), "further tag", "further tags"));
        blocks
    };
    Section::new("series", "Series by tag", blocks).counted(report.series.len())
}

fn series_row(series: &TagSeries, report: &TrendReport, links: Option<&Links>) -> Vec<Cell> {
    let mark = |(number, point): (usize, &TurningPoint)| {
        Some(Mark {
            place: report.days.iter().position(|day| day.date == point.date)?,
            href: point.is_regional.then(|| format!("#point-{number}")),
            title: format!("{}: {}", long_date(point.date), point.title),
        })
    };
    let points = report.turning_points.iter().enumerate();
    let of_tag = points.filter(|(_, point)| point.tags.iter().take(4).any(|tag| *tag == series.tag));
    let marks: Vec<Mark> = of_tag.filter_map(mark).collect();
    let label = format!(
        "{}: {} items in {} days, {} turning points",
        series.label,
        series.items,
        series.days.len(),
        marks.len()
    );
    // None on a day on which nothing was monitored.
    let days = series.days.iter().zip(&report.days);
    let values = days.map(|(day, of_all)| (!of_all.gap).then(|| f64::from(day.items))).collect();
    vec![
        Cell::Line(vec![name(&series.label, links.map(|links| (links.tag)(&series.tag, &report.period)))]),
        Cell::Chart(Chart { plot: Plot::Bars { values, marks }, size: (240, 36), label }),
        Cell::text(series.items.to_string()),
        Cell::text(percent(series.share)),
        Cell::text(series.newsrooms.to_string()),
        Cell::text(change(series)),
    ]
}

/// How a series compares to the period before, in words.
fn change(series: &TagSeries) -> String {
    match series.items_before {
        None => "–".to_owned(),
        Some(0) => "new".to_owned(),
        Some(before) => {
            let change = (f64::from(series.items) / f64::from(before) - 1.0) * 100.0;
            if change > 999.0 { format!("×{:.0}", change / 100.0 + 1.0) } else { format!("{change:+.0} %") }
        }
    }
}
