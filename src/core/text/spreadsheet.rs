//! Cells of tables for spreadsheets.

/// Most rows are shorter than this.
const ROW_BYTES: usize = 1_024;

/// Returns a cell that a spreadsheet shows as it is: what it would run as a formula gets an apostrophe before it
/// (OWASP, "CSV Injection"). [`without_apostrophe`] removes it.
pub fn cell(text: String) -> String {
    if is_formula(&text) { format!("'{text}") } else { text }
}

/// Returns the text of a cell that [`cell`] wrote. Cells that already had apostrophes come back as they were.
pub fn without_apostrophe(text: String) -> String {
    match text.strip_prefix('\'') {
        Some(rest) if is_formula(rest) => rest.to_owned(),
        _ => text,
    }
}

/// Returns whether a cell, or what follows its apostrophes, starts like a formula.
fn is_formula(text: &str) -> bool {
    text.trim_start_matches('\'').starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'])
}

/// Returns a row of safe cells with its end of line, as CSV (RFC 4180).
pub fn csv_row<const CELLS: usize>(cells: [String; CELLS]) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new().buffer_capacity(ROW_BYTES).from_writer(Vec::new());
    // A writer to memory cannot fail.
    writer.write_record(cells.map(cell)).unwrap_or_default();
    writer.into_inner().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_has_no_formula_and_is_quoted_where_it_must_be() {
        let check = |cells: [&str; 2], expected: &str| {
            assert_eq!(String::from_utf8(csv_row(cells.map(str::to_owned))).unwrap(), expected);
        };
        check(["a", "b"], "a,b\n");
        check(["=1+1", "two, \"three\"\nfour"], "'=1+1,\"two, \"\"three\"\"\nfour\"\n");
        check(["", "@x"], ",'@x\n");
        check(["\n=1", "＝1"], "\"'\n=1\",'＝1\n");
    }
}
