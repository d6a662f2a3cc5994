//! From an issue to its document.

use super::review::{self, evidence};
use crate::digest::{
    CorrectionKind, CorrectionView, Digest, Gap, Moved, PeriodView, Rollover, SectionView, SourceView, StoryView,
    letters,
};
use crate::model::Cadence;
use crate::render::block::{
    Block, Chip, Document, Entries, Entry, Line, Section, Source, Span, Stories, Story, Title, text,
};
use crate::render::words::{day_of, moment, period_words, plural, subject};
use crate::text::tracking::without_tracking;

/// Turning points that a chat gets: of a year those that most newsrooms reported, else the strongest.
const CHAT_POINTS: usize = 5;
const CHAT_POINTS_OF_YEAR: usize = 10;
/// Turning points of a year that are shown with what they rest on, those that most newsrooms reported; and those of the
/// wider world that have a line each. The others are listed on demand.
const POINTS_OF_YEAR: usize = 9;
const WIDER_POINTS_OF_YEAR: usize = 12;

/// The document of an issue.
pub(crate) fn of(digest: &Digest) -> Document {
    let period = &digest.period;
    let number = digest.number.map(|number| format!(" No. {number}")).unwrap_or_default();
    let review = digest.review.as_ref();
    let mut sections: Vec<Section> = in_short(digest).into_iter().collect();
    sections.extend(review.and_then(review::relations));
    sections.extend(moved(digest));
    sections.extend(under_way(digest));
    sections.extend(wider_world(digest));
    sections.extend(review.into_iter().flat_map(review::threads));
    let printed = digest.sections.iter().filter(|section| !section.stories.is_empty());
    sections.extend(printed.map(|one| section(one, period)));
    sections.extend(corrections(digest));
    Document {
        name: subject(digest),
        description: format!("{}, {}", cadence_words(period.cadence), period_words(period)),
        kind: format!("{}{number}", cadence_words(period.cadence)),
        title: digest.title.clone(),
        lead: period_words(period),
        summary: summary(digest),
        permalink: digest.permalink.clone(),
        notes: digest.notes.clone(),
        sections,
        footer: Some(Section::new("footer", "What this issue is based on", vec![Block::Terms(footer(digest))])),
    }
}

/// What kind of issue it is.
fn cadence_words(cadence: Cadence) -> &'static str {
    match cadence {
        Cadence::Day => "Daily digest",
        Cadence::Week => "Weekly digest",
        Cadence::Month => "Monthly digest",
        Cadence::Year => "Year in review",
    }
}

fn summary(digest: &Digest) -> String {
    let counts = &digest.counts;
    let mut line = format!(
        "{} from {}, {}",
        plural(counts.stories, "story", "stories"),
        plural(counts.items, "item", "items"),
        plural(counts.newsrooms, "newsroom", "newsrooms"),
    );
    // Feeds need not say their language.
    if counts.languages > 0 {
        line.push_str(&format!(", in {}", plural(counts.languages, "language", "languages")));
    }
    line
}

/// What a reader should know first.
fn in_short(digest: &Digest) -> Option<Section> {
    let overview = digest.review.as_ref().map_or(&[][..], |review| &review.overview);
    let sourced = |(place, line): (usize, &String)| {
        let mut line = vec![text(line)];
        for item in overview.get(place).iter().flat_map(|sentence| &sentence.evidence) {
            let outlet = Title::new(&item.outlet, None, item.url.as_deref());
            line.extend([text(" "), Span::Small(vec![Span::Title(outlet)])]);
        }
        line
    };
    let items: Vec<Line> = digest.lead.iter().enumerate().map(sourced).collect();
    let blocks = vec![Block::List { is_small: false, items }];
    let section = Section { is_main: true, is_listed: false, ..Section::new("lead", "In short", blocks) };
    (!digest.lead.is_empty()).then_some(section)
}

fn moved(digest: &Digest) -> Option<Section> {
    let is_year = digest.period.cadence == Cadence::Year;
    let mut main: Vec<usize> = (0..digest.moved.len()).collect();
    if is_year {
        main.sort_by_key(|&place| std::cmp::Reverse(digest.moved[place].newsrooms));
    }
    main.truncate(if is_year { CHAT_POINTS_OF_YEAR } else { CHAT_POINTS });
    let entry = |(place, moved): (usize, &Moved)| Entry {
        date: Some(moved.date),
        chips: moved.direction.map(Chip::of_direction).into_iter().collect(),
        title: vec![text(&moved.title)],
        details: (!moved.figures.is_empty()).then(|| vec![text(&moved.figures)]).into_iter().collect(),
        sources: moved.evidence.iter().map(evidence).collect(),
        is_main: main.contains(&place),
        ..Entry::default()
    };
    // In a year, what concerns the wider world has a section of its own.
    let points = digest.moved.iter().enumerate().filter(|(_, moved)| !is_year || moved.is_regional).collect();
    let (shown, rest) = widest(points, if is_year { POINTS_OF_YEAR } else { usize::MAX });
    let list: Vec<Entry> = shown.into_iter().map(entry).collect();
    let heading = if is_year { "Turning points" } else { "What moved" };
    let is_empty = list.is_empty();
    let mut blocks = vec![Block::Entries(Entries { list, is_short_in_mail: false })];
    blocks.extend(on_demand(&rest));
    let is_last = !is_year || digest.moved.iter().all(|moved| moved.is_regional);
    blocks.extend(further(digest).filter(|_| is_last));
    (!is_empty).then(|| Section { is_main: true, ..Section::new("moved", heading, blocks) })
}

/// Turning points, each with its place in the issue.
type Placed<'a> = Vec<(usize, &'a Moved)>;

/// Parts turning points into those that most newsrooms reported, at most so many, and the others; both keep their order.
fn widest(points: Placed<'_>, most: usize) -> (Placed<'_>, Placed<'_>) {
    let mut order: Vec<(usize, &Moved)> = points.clone();
    order.sort_by_key(|(_, moved)| std::cmp::Reverse(moved.newsrooms));
    let kept: Vec<usize> = order.into_iter().take(most).map(|(place, _)| place).collect();
    points.into_iter().partition(|(place, _)| kept.contains(place))
}

/// Turning points as a list that a page shows on demand; none without any.
fn on_demand(points: &[(usize, &Moved)]) -> Option<Block> {
    let summary = plural(points.len(), "further turning point", "further turning points");
    let items = points.iter().map(|(_, moved)| brief(moved)).collect();
    (!points.is_empty()).then_some(Block::Folded { summary, items })
}

/// Says how many turning points the issue leaves out; none if it has all.
fn further(digest: &Digest) -> Option<Block> {
    let many = plural(digest.moved_omitted, "further turning point is", "further turning points are");
    let note = format!("{many} in the trend report of the period only.");
    (digest.moved_omitted > 0).then(|| Block::Aside(vec![text(note)]))
}

/// A turning point on one line.
fn brief(moved: &Moved) -> Line {
    let url = moved.evidence.first().and_then(|item| item.url.as_deref());
    vec![
        Span::Time(moved.date.to_string(), moved.date.strftime("%-d %b").to_string()),
        text("  "),
        Span::Title(Title::new(&moved.title, None, url)),
        Span::Small(vec![text(format!(" {}", plural(moved.newsrooms as usize, "newsroom", "newsrooms")))]),
    ]
}

/// The turning points of a year outside the region, a line each.
fn wider_world(digest: &Digest) -> Option<Section> {
    let is_shown = |(_, moved): &(usize, &Moved)| digest.period.cadence == Cadence::Year && !moved.is_regional;
    let points: Placed<'_> = digest.moved.iter().enumerate().filter(is_shown).collect();
    let is_empty = points.is_empty();
    let (shown, rest) = widest(points, WIDER_POINTS_OF_YEAR);
    let mut blocks = vec![Block::List { is_small: true, items: shown.iter().map(|(_, moved)| brief(moved)).collect() }];
    blocks.extend(on_demand(&rest));
    blocks.extend(further(digest));
    (!is_empty).then(|| Section::new("wider-world", "Russia's wars and the wider world", blocks))
}

/// What began before the period and went on in it.
fn under_way(digest: &Digest) -> Option<Section> {
    let line = |moved: &Moved| {
        let url = moved.evidence.first().and_then(|item| item.url.as_deref());
        let since = moved.date.strftime("since %-d %B: ").to_string();
        vec![text(since), Span::Title(Title::new(&moved.title, None, url))]
    };
    let items = digest.under_way.iter().map(line).collect();
    let blocks = vec![Block::List { is_small: true, items }];
    (!digest.under_way.is_empty()).then(|| Section::new("under-way", "Under way", blocks))
}

fn section(section: &SectionView, period: &PeriodView) -> Section {
    let more = plural(section.omitted, "further story", "further stories");
    let stories = Stories {
        list: section.stories.iter().map(|one| story(one, period)).collect(),
        is_brief: section.brief,
        omitted: section.omitted,
        more: (section.omitted > 0).then(|| format!("and {more} that did not fit")),
    };
    let section_of = Section::new(&section.id, &section.title, vec![Block::Stories(stories)]);
    Section { is_main: true, ..section_of.counted(section.stories.len()) }
}

fn story(story: &StoryView, period: &PeriodView) -> Story {
    let others = plural(story.newsrooms.saturating_sub(1), "newsroom", "newsrooms");
    Story {
        headline: Title::new(&story.headline, story.language.as_deref(), story.url.as_deref()),
        summary: story.summary.clone(),
        outlet: story.outlet.clone(),
        byline: byline(story, period),
        follow_up_to: story.follow_up_to.clone(),
        labels: story.tags.iter().map(|tag| tag.label.clone()).collect(),
        needs_labels: story.foreign_script && !story.tags.is_empty(),
        sources: story.sources.iter().map(|one| source(one, story, period)).collect(),
        sources_heading: format!("Also carried by {others}"),
        sources_more: (story.sources_omitted > 0)
            .then(|| format!("and {}", plural(story.sources_omitted, "other", "others"))),
        ..Story::default()
    }
}

fn byline(story: &StoryView, period: &PeriodView) -> Line {
    if period.cadence == Cadence::Year {
        return byline_of_year(story, period);
    }
    let mut line = vec![Span::Foreign(story.outlet.clone())];
    line.extend(story.bloc.map(|bloc| text(format!(" ({})", bloc.label()))));
    let dated = story.published.map(|at| (" · published ", at));
    if let Some((words, at)) = dated.or(story.first_seen.map(|at| (" · first seen ", at))) {
        line.push(text(words));
        line.push(Span::Time(at.to_string(), moment(at, period)));
    }
    line.extend(carried(story).map(|words| text(format!(" · {words}"))));
    line
}

/// The same on one line, with the day instead of the time.
fn byline_of_year(story: &StoryView, period: &PeriodView) -> Line {
    let mut line = vec![Span::Foreign(story.outlet.clone())];
    if let Some(at) = story.published.or(story.first_seen) {
        line.extend([text(" · "), Span::Time(at.to_string(), day_of(at, period))]);
    }
    if story.newsrooms > 1 {
        line.push(text(format!(" · {} newsrooms", story.newsrooms)));
    }
    line
}

/// Who carries a story: `5 newsrooms (3 with their own text), 3 blocs, 4 languages`. None for one newsroom.
fn carried(story: &StoryView) -> Option<String> {
    let mut words = plural(story.newsrooms, "newsroom", "newsrooms");
    if story.independent < story.newsrooms {
        let whose = if story.independent == 1 { "its" } else { "their" };
        words.push_str(&format!(" ({} with {whose} own text)", story.independent));
    }
    if story.blocs.len() > 1 {
        words.push_str(&format!(", {}", plural(story.blocs.len(), "bloc", "blocs")));
    }
    if story.languages.len() > 1 {
        words.push_str(&format!(", {}", plural(story.languages.len(), "language", "languages")));
    }
    (story.newsrooms > 1).then_some(words)
}

fn source(source: &SourceView, story: &StoryView, period: &PeriodView) -> Source {
    let (own, headline) = (letters(&source.title), letters(&story.headline));
    // If a feed cut the headline, what is left is its beginning.
    let is_cut = headline.len() >= 30 && own.starts_with(&headline);
    let says_more = !source.title.is_empty() && own != headline && !is_cut;
    let title = Title::new(&source.title, source.language.as_deref(), source.url.as_deref());
    Source {
        title: says_more.then_some(title),
        url: source.url.as_deref().map(|url| without_tracking(url).into_owned()),
        outlet: source.outlet.clone(),
        bloc: source.bloc.map(|bloc| bloc.label().to_owned()),
        at: source.published.or(source.first_seen).map(|at| moment(at, period)),
        is_copy: source.copy,
        ..Source::default()
    }
}

fn corrections(digest: &Digest) -> Option<Section> {
    let items = digest.corrections.iter().map(correction).collect();
    let mut blocks = vec![Block::List { is_small: true, items }];
    if digest.late_omitted > 0 {
        let more = plural(digest.late_omitted, "further late story", "further late stories");
        blocks.push(Block::Aside(vec![text(format!("and {more}"))]));
    }
    let section = Section { is_listed: false, ..Section::new("corrections", "Corrections and late news", blocks) };
    (!digest.corrections.is_empty()).then_some(section)
}

fn correction(correction: &CorrectionView) -> Line {
    let CorrectionView { issue, outlet, .. } = correction;
    let (before, after) = match (&correction.kind, &correction.was) {
        (CorrectionKind::Retitled, was) => (
            format!("{issue}: {outlet} changed its headline to"),
            was.as_ref().map(|was| format!("was: {was}")).unwrap_or_default(),
        ),
        (CorrectionKind::Withdrawn, _) => (format!("{issue}: should not have been included:"), outlet.clone()),
        (CorrectionKind::Late, _) => (format!("{issue}: arrived after that issue:"), outlet.clone()),
    };
    let title = Title::new(&correction.title, correction.language.as_deref(), correction.url.as_deref());
    let mut line = vec![Span::Small(vec![Span::Foreign(before)]), text(" "), Span::Title(title)];
    if !after.is_empty() {
        line.push(text(" "));
        line.push(Span::Small(vec![text("("), Span::Foreign(after), text(")")]));
    }
    line
}

/// What the issue is based on, as terms with their lines.
fn footer(digest: &Digest) -> Vec<(String, Vec<String>)> {
    let panel = &digest.panel;
    let counts = &digest.counts;
    let feeds = match panel.feeds_total {
        0 => "none were polled in this period; the items were imported or found later".to_owned(),
        total => {
            let verb = if panel.feeds_alive == 1 { "was" } else { "were" };
            format!("{} of {total} {verb} read in this period", panel.feeds_alive)
        }
    };
    let polled = match panel.feeds_total {
        0 => String::new(),
        _ => format!("{} new and {} copies, ", panel.items_new, panel.duplicates),
    };
    let stories = |count| plural(count, "story", "stories");
    let items = format!("{polled}{} in scope; {}, {} shown", counts.items, stories(counts.stories), counts.shown);
    let repeated = format!("{} from an earlier issue without new developments", stories(counts.repeated));
    let faint = format!("{} concerning the region only in passing", stories(counts.faint));
    let gap = |gap: &Gap| {
        let name = gap.title.as_deref().unwrap_or("all feeds");
        format!("{name}: {} to {}", moment(gap.from, &digest.period), moment(gap.until, &digest.period))
    };
    let rollover = |feed: &Rollover| {
        format!(
            "{}: all items replaced between two polls, {}",
            feed.title,
            plural(feed.times as usize, "time", "times")
        )
    };
    let one = |line: String, is_shown: bool| if is_shown { vec![line] } else { Vec::new() };
    let rows = [
        ("Feeds", vec![feeds]),
        ("Items", vec![items]),
        ("Not repeated", one(repeated, counts.repeated > 0)),
        ("Left out", one(faint, counts.faint > 0)),
        ("Feeds not read", panel.feeds_failing.iter().map(|feed| format!("{}: {}", feed.title, feed.reason)).collect()),
        ("Gaps", panel.gaps.iter().map(gap).collect()),
        ("Items missed", panel.rollovers.iter().map(rollover).collect()),
        ("Lexicon", one(panel.lexicon_version.clone(), !panel.lexicon_version.is_empty())),
        ("Period", vec![format!("{} ({})", digest.period.label, digest.period.time_zone)]),
        ("Issue", digest.number.map(|number| format!("No. {number}")).into_iter().collect()),
        ("Content hash", vec![digest.content_hash.clone()]),
    ];
    rows.into_iter().filter(|(_, lines)| !lines.is_empty()).map(|(term, lines)| (term.to_owned(), lines)).collect()
}
