//! As much of a reader of HTML as the tests need: forms, and every address that a page names.

/// A form of a page.
#[derive(Debug)]
pub(crate) struct Form<'a> {
    html: &'a str,
}

/// Every form that goes to `action`.
pub(crate) fn forms<'a>(html: &'a str, action: &str) -> Vec<Form<'a>> {
    let goes_there = |form: &&str| attribute(form.split('>').next().unwrap_or_default(), "action") == Some(action);
    let forms = html.split("<form").skip(1).filter(goes_there);
    forms.map(|form| Form { html: form.split("</form>").next().unwrap_or_default() }).collect()
}

/// The one form that goes to `action`.
pub(crate) fn form<'a>(html: &'a str, action: &str) -> Form<'a> {
    let mut found = forms(html, action);
    assert_eq!(found.len(), 1, "forms for {action} in {html}");
    found.remove(0)
}

impl<'a> Form<'a> {
    /// Names and values that travel along unseen.
    pub(crate) fn hidden(&self) -> Vec<(&'a str, &'a str)> {
        self.inputs("hidden").map(|tag| (attribute(tag, "name").unwrap(), attribute(tag, "value").unwrap())).collect()
    }

    fn inputs(&self, kind: &str) -> impl Iterator<Item = &'a str> {
        self.html
            .split("<input")
            .skip(1)
            .map(|tag| tag.split('>').next().unwrap_or_default())
            .filter(move |tag| attribute(tag, "type") == Some(kind))
    }
}

/// The value of an attribute of a tag.
pub(crate) fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    rest.split('"').next()
}

/// Every address that a browser would load or go to by itself or at a click.
pub(crate) fn addresses(html: &str) -> Vec<&str> {
    let attributes = ["src", "href", "action", "formaction", "poster", "data", "srcset", "background", "ping"];
    attributes
        .iter()
        .flat_map(|name| {
            let places = format!(" {name}=\"");
            html.match_indices(&places).map(|(at, found)| &html[at + found.len()..]).collect::<Vec<_>>()
        })
        .filter_map(|rest| rest.split('"').next())
        .collect()
}
