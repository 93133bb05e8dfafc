//! Markdown documents: the list of events, the transparency page, the policy and the privacy notice.
//!
//! Owns the syntax: escaping and tables. It must never let an author's text break a table or become markup.

mod events;
mod policy;
mod privacy;
mod transparency;

pub use events::all_tracked_events;
pub use policy::policy;
pub use privacy::privacy;
pub use transparency::transparency;

use super::Generated;

/// The first lines of a document: where it comes from, and its title.
fn head(generated: Generated<'_>, title: &str) -> String {
    // `-->` would end the comment early.
    let command = generated.command().replace("-->", "-- >");
    format!("<!-- Generated from the catalogue by `{command}`. Changes made by hand are lost. -->\n\n# {title}\n\n")
}

/// An author's text as running Markdown: one line, no raw HTML. Code spans and links of the author stay.
fn text(words: &str) -> String {
    let mut escaped = String::with_capacity(words.len());
    // Without a partner a backtick opens no code span.
    let is_paired = words.matches('`').count().is_multiple_of(2);
    let mut in_code = false;
    for (i, part) in words.split('`').enumerate() {
        if i > 0 {
            escaped.push('`');
            in_code = is_paired && !in_code;
        }
        // Inside a code span Markdown shows `<` as it is, outside it would start a tag.
        if in_code { escaped.push_str(part) } else { escaped.push_str(&part.replace('<', "&lt;")) }
    }
    escaped.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A name or value as a code span.
fn code(name: &str) -> String {
    if name.contains('`') { format!("`` {name} ``") } else { format!("`{name}`") }
}

/// Names or values as code spans, separated by commas.
fn codes<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    names.into_iter().map(code).collect::<Vec<_>>().join(", ")
}

/// A table that is built row by row.
struct Table<const COLUMNS: usize> {
    rows: Vec<[String; COLUMNS]>,
}

impl<const COLUMNS: usize> Table<COLUMNS> {
    fn new(head: [&str; COLUMNS]) -> Self {
        Self { rows: vec![head.map(str::to_owned), [(); COLUMNS].map(|()| "---".to_owned())] }
    }

    fn row(&mut self, cells: [String; COLUMNS]) {
        self.rows.push(cells);
    }

    /// The table with an empty line behind it. A `|` in a cell is escaped, also inside code spans, as tables want it.
    fn finish(self) -> String {
        let mut table = String::new();
        for cells in self.rows {
            for cell in cells {
                table.push_str("| ");
                table.push_str(&cell.replace('|', "\\|"));
                table.push(' ');
            }
            table.push_str("|\n");
        }
        table.push('\n');
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_of_authors_is_inert() {
        assert_eq!(text("a <b>\n  and `Vec<u8>` c"), "a &lt;b> and `Vec<u8>` c");
        assert_eq!(text("one ` and <b>"), "one ` and &lt;b>");
        assert_eq!(code("<100ms"), "`<100ms`");
        assert_eq!(code("a`b"), "`` a`b ``");
        assert!(head(Generated::by("a --> b"), "T").starts_with("<!-- Generated from the catalogue by `a -- > b`."));
    }

    #[test]
    fn bars_stay_inside_their_cell() {
        let mut table = Table::new(["a", "b"]);
        table.row(["x|y".to_owned(), code("p|q")]);
        assert_eq!(table.finish(), "| a | b |\n| --- | --- |\n| x\\|y | `p\\|q` |\n\n");
    }
}
