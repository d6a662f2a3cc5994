//! A TOML file as its author wrote it: tables, keys, values and comments in their order, values as they are spelled.
//!
//! Expects text that parses as TOML, so it reports no errors.

use toml_parser::Source;
use toml_parser::lexer::{Token, TokenKind};

/// Comment lines; an empty one separates two blocks.
pub(super) type Comments<'a> = Vec<&'a str>;

/// A file of the lexicon.
#[derive(Debug, Default)]
pub(super) struct Document<'a> {
    /// The first block of comments, if a blank line follows it.
    pub(super) head: Comments<'a>,
    pub(super) tables: Vec<Table<'a>>,
    /// Comments after the last key.
    pub(super) tail: Comments<'a>,
}

/// A header with its keys. The first table of a file may have no header.
#[derive(Debug, Default)]
pub(super) struct Table<'a> {
    /// The byte at which it begins.
    pub(super) at: usize,
    pub(super) comments: Comments<'a>,
    /// The text between the brackets.
    pub(super) name: String,
    /// Whether the brackets are double.
    pub(super) is_array: bool,
    /// The comment on the line of the header.
    pub(super) comment: Option<&'a str>,
    pub(super) pairs: Vec<Pair<'a>>,
}

/// A key with its value.
#[derive(Debug)]
pub(super) struct Pair<'a> {
    pub(super) comments: Comments<'a>,
    pub(super) key: String,
    pub(super) value: Value<'a>,
    pub(super) comment: Option<&'a str>,
}

/// A value; a scalar is kept as it is spelled.
#[derive(Debug)]
pub(super) enum Value<'a> {
    Scalar(&'a str),
    Array(Vec<Item<'a>>),
    Table(Vec<Pair<'a>>),
}

/// An element of an array. The last one may be a comment without a value.
#[derive(Debug)]
pub(super) struct Item<'a> {
    pub(super) comments: Comments<'a>,
    pub(super) value: Option<Value<'a>>,
    pub(super) comment: Option<&'a str>,
}

impl<'a> Document<'a> {
    pub(super) fn read(text: &'a str) -> Document<'a> {
        let tokens = Source::new(text).lex().filter(|token| token.kind() != TokenKind::Whitespace).collect();
        Reader { text, tokens, at: 0, inner_comments: Vec::new() }.document()
    }
}

struct Reader<'a> {
    text: &'a str,
    tokens: Vec<Token>,
    at: usize,
    /// Comments inside an inline table. They move before the element that has the table, since a table is on one line.
    inner_comments: Comments<'a>,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> TokenKind {
        self.tokens.get(self.at).map_or(TokenKind::Eof, Token::kind)
    }

    fn take(&mut self) -> &'a str {
        let span = self.tokens.get(self.at).map(Token::span);
        self.at += 1;
        span.and_then(|span| self.text.get(span.start()..span.end())).unwrap_or_default()
    }

    fn takes(&mut self, kind: TokenKind) -> bool {
        let is_next = self.peek() == kind;
        self.at += usize::from(is_next);
        is_next
    }

    /// Reads comments up to the next token that is not a comment.
    fn comments(&mut self) -> Comments<'a> {
        let mut comments: Comments<'a> = Vec::new();
        let mut line_is_empty = false;
        loop {
            match self.peek() {
                TokenKind::Comment => {
                    comments.push(self.take().trim_end());
                    line_is_empty = false;
                }
                TokenKind::Newline => {
                    // The first line feed ends a comment's own line, further ones are blank lines.
                    if line_is_empty && comments.last().is_some_and(|last| !last.is_empty()) {
                        comments.push("");
                    }
                    line_is_empty = true;
                    self.at += 1;
                }
                _ => return comments,
            }
        }
    }

    /// Reads the comment at the end of a line.
    fn comment(&mut self) -> Option<&'a str> {
        (self.peek() == TokenKind::Comment).then(|| self.take().trim_end())
    }

    fn document(mut self) -> Document<'a> {
        let mut document = Document::default();
        let mut comments = self.comments();
        if let Some(end) = comments.iter().position(|line| line.is_empty()) {
            document.head = comments.drain(..=end).take(end).collect();
        }
        loop {
            match self.peek() {
                TokenKind::Eof => {
                    document.tail = comments;
                    return document;
                }
                TokenKind::LeftSquareBracket => document.tables.push(self.header(comments)),
                _ => {
                    let pair = self.pair(comments);
                    match document.tables.last_mut() {
                        Some(table) => table.pairs.push(pair),
                        None => document.tables.push(Table { pairs: vec![pair], ..Table::default() }),
                    }
                }
            }
            comments = self.comments();
        }
    }

    fn header(&mut self, comments: Comments<'a>) -> Table<'a> {
        let at = self.tokens[self.at].span().start();
        self.at += 1;
        let is_array = self.takes(TokenKind::LeftSquareBracket);
        let name = self.key(TokenKind::RightSquareBracket);
        self.at += usize::from(is_array);
        Table { at, comments, name, is_array, comment: self.comment(), pairs: Vec::new() }
    }

    /// Reads a key with its dots, up to the token that ends it.
    fn key(&mut self, end: TokenKind) -> String {
        let mut key = String::new();
        while !matches!(self.peek(), TokenKind::Eof | TokenKind::Newline) && !self.takes(end) {
            key.push_str(self.take());
        }
        key
    }

    /// Reads a key with its value and the comment after it.
    fn pair(&mut self, mut comments: Comments<'a>) -> Pair<'a> {
        let key = self.key(TokenKind::Equals);
        let value = self.value();
        comments.append(&mut self.inner_comments);
        Pair { comments, key, value, comment: self.comment() }
    }

    fn value(&mut self) -> Value<'a> {
        match self.peek() {
            TokenKind::LeftSquareBracket => self.array(),
            TokenKind::LeftCurlyBracket => self.table(),
            _ => self.scalar(),
        }
    }

    /// Reads a scalar. A number or a date may be several tokens; a string is one.
    fn scalar(&mut self) -> Value<'a> {
        let start = self.tokens.get(self.at).map_or(0, |token| token.span().start());
        let mut end = start;
        while matches!(self.peek(), TokenKind::Atom | TokenKind::Dot)
            || end == start && !matches!(self.peek(), TokenKind::Eof | TokenKind::Newline)
        {
            end = self.tokens[self.at].span().end();
            self.at += 1;
        }
        Value::Scalar(self.text.get(start..end).unwrap_or_default())
    }

    fn array(&mut self) -> Value<'a> {
        self.at += 1;
        let mut items = Vec::new();
        loop {
            let mut comments = self.lines();
            if self.takes(TokenKind::RightSquareBracket) || self.peek() == TokenKind::Eof {
                if !comments.is_empty() {
                    items.push(Item { comments, value: None, comment: None });
                }
                return Value::Array(items);
            }
            let value = Some(self.value());
            comments.append(&mut self.inner_comments);
            let before = self.comment();
            if before.is_some() {
                self.comments();
            }
            self.takes(TokenKind::Comma);
            let comment = before.or_else(|| self.comment());
            items.push(Item { comments, value, comment });
        }
    }

    fn table(&mut self) -> Value<'a> {
        self.at += 1;
        let (mut pairs, mut inner_comments) = (Vec::new(), Vec::new());
        loop {
            inner_comments.append(&mut self.lines());
            if self.takes(TokenKind::RightCurlyBracket) || self.peek() == TokenKind::Eof {
                self.inner_comments = inner_comments;
                return Value::Table(pairs);
            }
            let mut pair = self.pair(Vec::new());
            inner_comments.append(&mut pair.comments);
            inner_comments.extend(pair.comment.take());
            inner_comments.append(&mut self.lines());
            self.takes(TokenKind::Comma);
            pairs.push(pair);
        }
    }

    /// Reads the comments inside a value of several lines, without the blank lines between them.
    fn lines(&mut self) -> Comments<'a> {
        let mut comments = self.comments();
        comments.retain(|line| !line.is_empty());
        comments
    }
}
