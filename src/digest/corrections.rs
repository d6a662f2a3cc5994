//! Corrections: what earlier issues got wrong, and what arrived after them.

use std::collections::BTreeMap;

use super::headline::tidy;
use super::input::{Change, DigestInput};
use super::model::IssueItem;
use super::model::{CorrectionKind, CorrectionView};
use super::plan::SectionPlan;
use super::rank::Ranked;
use crate::model::{Cadence, Period};
use crate::text::sanitize::{plain, web_address};

/// The corrections of an issue.
#[derive(Default)]
pub(super) struct Corrections {
    pub(super) views: Vec<CorrectionView>,
    pub(super) late_omitted: usize,
    pub(super) held: Vec<IssueItem>,
}

/// Lists changed items and the best late stories that no issue had, up to the plan's quota.
pub(super) fn corrections(input: &DigestInput, late: &[Ranked], plan: &SectionPlan) -> Corrections {
    let mut all = Corrections::default();
    let changes: BTreeMap<i64, &Change> = input.changes.iter().map(|change| (change.item_id, change)).collect();
    for change in changes.into_values() {
        let (title, printed) = (tidy(&change.title), tidy(&change.printed));
        let kind = match change.is_withdrawn {
            true => CorrectionKind::Withdrawn,
            false if says_the_same(&title, &printed) => continue,
            false => CorrectionKind::Retitled,
        };
        all.held.push(IssueItem {
            item_id: change.item_id,
            story: change.item_id,
            printed: Some(title.clone()),
            is_withdrawn: change.is_withdrawn,
        });
        all.views.push(CorrectionView {
            kind,
            issue: plain(&change.issue),
            was: (kind == CorrectionKind::Retitled).then_some(printed),
            title,
            outlet: tidy(&change.outlet),
            url: change.url.as_deref().and_then(web_address),
            language: change.language.as_deref().map(plain).filter(|code| !code.is_empty()),
        });
    }
    let fresh: Vec<&Ranked> = late.iter().filter(|ranked| ranked.story.in_earlier_issue.is_none()).collect();
    all.late_omitted = fresh.len().saturating_sub(plan.late);
    for ranked in fresh.into_iter().take(plan.late) {
        let story = &ranked.story;
        let best = story.best();
        all.held.extend(story.members.iter().map(|&(item_id, story)| IssueItem {
            item_id,
            story,
            printed: (item_id == best.id).then(|| best.title.clone()),
            is_withdrawn: false,
        }));
        all.views.push(CorrectionView {
            kind: CorrectionKind::Late,
            issue: missed(ranked, input),
            title: best.title.clone(),
            was: None,
            outlet: best.outlet.clone(),
            url: best.url.clone(),
            language: best.language.clone(),
        });
    }
    all.views.sort();
    all
}

/// Whether two titles differ only in case, spaces or punctuation.
fn says_the_same(one: &str, other: &str) -> bool {
    let letters =
        |text: &str| text.to_lowercase().chars().filter(|letter| letter.is_alphanumeric()).collect::<String>();
    letters(one) == letters(other)
}

/// Returns the label of the issue that should have contained a late story.
fn missed(ranked: &Ranked, input: &DigestInput) -> String {
    let zone = &input.period.time_zone;
    let day = ranked.story.dated.to_zoned(zone.clone()).date();
    let cadence: Cadence = input.period.cadence;
    Period::containing(cadence, day, zone.clone()).map_or_else(|_| day.to_string(), |period| period.label())
}
