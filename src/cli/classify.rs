//! `classify`: tags items, JSONL in, columns or JSONL out.

use std::io::Write;

use serde::Serialize;

use super::context::Context;
use super::failure::Failure;
use super::input::{StreamArguments, for_each_item};
use super::output;
use crate::classify::{Classifier, Scratch};
use crate::model::Classification;

#[derive(Serialize)]
struct Classified<'a> {
    id: &'a serde_json::Value,
    #[serde(flatten)]
    classification: Classification,
}

pub(super) fn classify(context: &Context, arguments: &StreamArguments) -> Result<(), Failure> {
    let config = context.config()?;
    let classifier = Classifier::new(config.lexicon.clone());
    let mut scratch = Scratch::default();
    let mut out = if arguments.json { output::Page::File(output::stdout()) } else { output::columns() };
    let done = for_each_item(arguments, |item| {
        let text = item.text();
        let classification = classifier.classify_with(&mut scratch, &text);
        if arguments.json {
            return output::json_line(&mut out, &Classified { id: &item.id, classification });
        }
        let scope = classification.scope.as_ref().map_or("-", |scope| scope.as_str());
        let id = item.id.as_str().map_or_else(|| item.id.to_string(), str::to_owned);
        Ok(writeln!(
            out,
            "{id}\t{scope}\t{:.2}\t{}\t{}",
            classification.score,
            classification.tags.join(" "),
            text.title
        )?)
    });
    out.flush()?;
    done
}
