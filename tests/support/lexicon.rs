//! A small lexicon for tests that need one of their own.

/// A language with one inflection class. Scopes and entities are the test's to add.
pub const ENGLISH: &str = r#"
[language.en]
script = "latin"
capital = ["name"]
[class.en-name]
language = "en"
row = [{ endings = ["", "s"] }]
[[guess]]
language = "en"
class = "en-name"
"#;
