//! As much of a reader of HTML as the tests need: forms, and every address that a page names.

/// A form of a page.
#[derive(Debug)]
pub(crate) struct Form<'a> {
    html: &'a str,
}

/// The form that goes to `action`.
pub(crate) fn form<'a>(html: &'a str, action: &str) -> Form<'a> {
    let found = html.split("<form").skip(1).find(|form| {
        let tag = form.split('>').next().unwrap_or_default();
        attribute(tag, "action") == Some(action)
    });
    let Some(form) = found else { panic!("no form for {action} in {html}") };
    Form { html: form.split("</form>").next().unwrap_or_default() }
}

impl<'a> Form<'a> {
    /// Names and values that travel along unseen.
    pub(crate) fn hidden(&self) -> Vec<(&'a str, &'a str)> {
        self.inputs("hidden").map(|tag| (attribute(tag, "name").unwrap(), attribute(tag, "value").unwrap())).collect()
    }

    /// The names of the boxes.
    pub(crate) fn boxes(&self) -> Vec<&'a str> {
        self.inputs("checkbox").map(|tag| attribute(tag, "name").unwrap()).collect()
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
