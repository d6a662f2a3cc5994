//! What is delivered: an issue or an alert, with everything that its bytes are made from, and its texts for chats and
//! mail.

use jiff::Timestamp;
use ring::hmac;
use unicode_segmentation::UnicodeSegmentation;

use crate::alert::Alert;
use crate::alert::AlertStory;
use crate::digest::Digest;
use crate::poller::Secret;
use crate::render::block::{Block, Document, Section, Span, Stories, Story, Title, text as words};
use crate::render::{self, digest};
use crate::text::sanitize::{plain, web_address};

/// The content of a message.
#[derive(Clone, Debug)]
pub enum Content {
    /// A frozen issue: its values, and its JSON as it was first written.
    Issue(Box<Digest>, String),
    /// The stories that an alert rule found.
    Alert(Alert),
}

/// One message to one recipient.
#[derive(Clone, Debug)]
pub struct Message {
    /// `day`, `week`, `month`, `year` or `alert`.
    pub cadence: String,
    /// The label of the issue's period, or the key of the alert.
    pub period: String,
    /// The secret of the installation, from which the message's ids are made.
    pub secret: Secret,
    /// When it was put into the outbox: the date of a mail, the same at each attempt.
    pub created_at: Timestamp,
    /// When this attempt began; only a webhook's timestamp and signature depend on it.
    pub attempted_at: Timestamp,
    /// The issue or the alert, from which each transport makes its own bytes.
    pub content: Content,
}

impl Message {
    /// Returns a key that is the same for all attempts at one delivery and differs from that of every other delivery:
    /// 128 bits in hexadecimal.
    pub fn key(&self, recipient: &str) -> String {
        self.derived("delivery/2", recipient)
    }

    /// Returns the boundary between the parts of a mail. Nobody who writes a title knows it, so none can end a part.
    pub(super) fn boundary(&self, recipient: &str) -> String {
        format!("kazbek-{}", self.derived("boundary/1", recipient))
    }

    /// Returns half of the HMAC-SHA256, by the secret of the installation, of recipient, cadence and period.
    fn derived(&self, purpose: &str, recipient: &str) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.secret.0.as_bytes());
        let text = format!("{purpose}\0{recipient}\0{}\0{}", self.cadence, self.period);
        hmac::sign(&key, text.as_bytes()).as_ref().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
    }
}

/// Returns the subject: `Caucasus and Russia: Sunday, 22 November 2026`, and the first line of the issue's lead.
pub(super) fn subject(message: &Message) -> String {
    let text = match &message.content {
        Content::Issue(issue, _) => match issue.lead.first() {
            Some(line) => format!("{}: {line}", digest::subject(issue)),
            None => digest::subject(issue),
        },
        Content::Alert(alert) => alert.subject(),
    };
    // A header has one line, whatever a publisher wrote.
    let text = plain(&text);
    match text.graphemes(true).count() > 160 {
        true => text.graphemes(true).take(159).chain(["…"]).collect(),
        false => text,
    }
}

/// Returns the text for a chat.
pub(super) fn text(message: &Message) -> String {
    match &message.content {
        Content::Issue(issue, _) => digest::chat(issue),
        Content::Alert(alert) => alert_text(alert),
    }
}

/// Returns an alert as text.
pub(super) fn alert_text(alert: &Alert) -> String {
    render::chat(&document(alert))
}

/// Returns the HTML part of an alert's mail.
pub(super) fn alert_mail(alert: &Alert) -> String {
    render::mail(&document(alert))
}

/// Builds the document of an alert.
fn document(alert: &Alert) -> Document {
    let stories = Stories {
        list: alert.stories.iter().map(story).collect(),
        omitted: alert.omitted,
        more: (alert.omitted > 0).then(|| format!("and {} more", alert.omitted)),
        ..Stories::default()
    };
    Document {
        name: alert.subject(),
        kind: "Alert".to_owned(),
        title: alert.rule.clone(),
        sections: vec![Section { is_main: true, ..Section::new("stories", "", vec![Block::Stories(stories)]) }],
        ..Document::default()
    }
}

fn story(story: &AlertStory) -> Story {
    // Only addresses of the web become links, whoever made them.
    let url = story.url.as_deref().and_then(web_address);
    let at = words(story.at.strftime("%-d %B %Y, %H:%M UTC").to_string());
    let outlet = [Span::Foreign(story.outlet.clone()), words(" · ")];
    Story {
        headline: Title::new(&story.title, story.language.as_deref(), url.as_deref()),
        outlet: story.outlet.clone(),
        byline: outlet.into_iter().filter(|_| !story.outlet.is_empty()).chain([at]).collect(),
        labels: story.labels.clone(),
        needs_labels: !story.labels.is_empty(),
        ..Story::default()
    }
}

/// The end of the last part if there would be more.
const CUT: &str = "\n(cut here: too long for a chat)\n";

/// The unit in which a chat service limits its messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    /// UTF-16 units: at least as many as there are characters, however a service counts these.
    Utf16,
    /// Bytes of UTF-8.
    Byte,
}

impl Unit {
    fn size(self, text: &str) -> usize {
        match self {
            Unit::Utf16 => text.encode_utf16().count(),
            Unit::Byte => text.len(),
        }
    }
}

/// Returns at most `most` [`parts`]; if the text has more, the last one says so.
pub(super) fn bounded_parts(text: &str, limit: usize, unit: Unit, most: usize) -> Vec<String> {
    let mut all = parts(text, limit, unit);
    if all.len() > most {
        all = parts(text, limit.saturating_sub(CUT.len()), unit);
        all.truncate(most);
        if let Some(last) = all.last_mut() {
            last.truncate(last.trim_end().len());
            last.push_str(CUT);
        }
    }
    all
}

/// Cuts a text into parts of at most `limit` units: at line ends if possible, otherwise between words or graphemes.
pub(super) fn parts(text: &str, limit: usize, unit: Unit) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    let mut part = String::new();
    let mut room = limit;
    let mut push = |piece: &str, part: &mut String| {
        let size = unit.size(piece);
        if size > room && !part.is_empty() {
            parts.push(std::mem::take(part));
            room = limit;
        }
        part.push_str(piece);
        room = room.saturating_sub(size);
    };
    let fits = |text: &str| unit.size(text) <= limit;
    for line in text.split_inclusive('\n') {
        if fits(line) {
            push(line, &mut part);
            continue;
        }
        for word in line.split_inclusive(' ') {
            match fits(word) {
                true => push(word, &mut part),
                // A letter with a thousand combining marks belongs to no script, but can be sent.
                false => word.graphemes(true).for_each(|grapheme| match fits(grapheme) {
                    true => push(grapheme, &mut part),
                    false => grapheme.chars().for_each(|letter| push(letter.encode_utf8(&mut [0; 4]), &mut part)),
                }),
            }
        }
    }
    parts.push(part);
    // A message of white space alone is refused.
    parts.retain(|part| !part.trim().is_empty());
    parts
}
