//! JSON laid out for reading: line breaks and indentation between its parts, and nothing else changed.

use serde::de::IgnoredAny;

/// Lays JSON out. Names, values and their order stay as they are, byte by byte; text that is not JSON stays whole.
pub(super) fn pretty(json: &str) -> String {
    if serde_json::from_str::<IgnoredAny>(json).is_err() {
        return json.to_owned();
    }
    let mut laid = String::with_capacity(json.len() * 2);
    let mut depth = 0_usize;
    let mut in_text = false;
    let mut is_escaped = false;
    let mut characters = json.chars().peekable();
    while let Some(character) = characters.next() {
        if in_text {
            laid.push(character);
            in_text = is_escaped || character != '"';
            is_escaped = !is_escaped && character == '\\';
            continue;
        }
        match character {
            '"' => {
                in_text = true;
                laid.push(character);
            }
            '{' | '[' => {
                laid.push(character);
                while characters.next_if(char::is_ascii_whitespace).is_some() {}
                if let Some(end) = characters.next_if(|next| matches!(next, '}' | ']')) {
                    laid.push(end);
                } else {
                    depth += 1;
                    new_line(&mut laid, depth);
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                new_line(&mut laid, depth);
                laid.push(character);
            }
            ',' => {
                laid.push(character);
                new_line(&mut laid, depth);
            }
            ':' => laid.push_str(": "),
            space if space.is_ascii_whitespace() => {}
            other => laid.push(other),
        }
    }
    laid
}

fn new_line(text: &mut String, depth: usize) {
    text.push('\n');
    text.extend(core::iter::repeat_n("  ", depth));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_space_is_added() {
        let json = r#"{"b":[1,2.50,{}],"a":"x\\\" {,:}","n":null,"e":[ ]}"#;
        let expected = "{\n  \"b\": [\n    1,\n    2.50,\n    {}\n  ],\n  \"a\": \"x\\\\\\\" {,:}\",\n  \"n\": null,\n  \
                        \"e\": []\n}";
        assert_eq!(pretty(json), expected);
        assert_eq!(pretty(expected), expected);
        assert_eq!(pretty("not {json"), "not {json");
    }
}
