//! Settings that are given beside the file, as `mechanism.mode=igp-only`: what they say takes the place
//! of what the file says, before anything of it is read. So they are typed, and refused, as it is.

use std::borrow::Cow;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::schema::{Kind, Schema};
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Span, did_you_mean, known};
use crate::source::Source;

const EXAMPLE: &str = "write --set path=value, as in mechanism.mode=igp-only or host.vm1.site=b";

/// A setting, in pieces.
pub(super) struct Setting<'t> {
    /// The keys of its path, from the top.
    path: Vec<Spanned<&'t str>>,
    value: Spanned<&'t str>,
    /// The value as TOML, at the place where it is in the whole text.
    padded: String,
}

impl<'t> Setting<'t> {
    /// The settings of a source. Reports those that are none.
    pub(super) fn all(source: &'t Source<'_>, diagnostics: &mut Diagnostics) -> Vec<Self> {
        let read = |place: &Range<usize>| Self::read(source.whole(), place.clone());
        let mut settings = Vec::new();
        for read in source.settings().iter().map(read) {
            match read {
                Ok(setting) => settings.push(setting),
                Err(diagnostic) => diagnostics.push(*diagnostic),
            }
        }
        settings
    }

    fn read(whole: &'t str, place: Span) -> Result<Self, Box<Diagnostic>> {
        let text = &whole[place.clone()];
        let Some((path, value)) = text.split_once('=') else {
            let message = format!("`{text}` sets nothing");
            let diagnostic = Diagnostic::new(Code::BadSetting, place, message);
            return Err(Box::new(diagnostic.label("there is no `=`").help(EXAMPLE)));
        };
        let value_start = place.start + path.len() + 1;
        let value = trimmed(value_start, value);
        let mut keys = Vec::new();
        let mut start = place.start;
        for key in path.split('.') {
            let key_here = trimmed(start, key);
            if key_here.get_ref().is_empty() {
                let message = "a path has no key at this place";
                let diagnostic = Diagnostic::new(Code::BadSetting, place, message);
                return Err(Box::new(diagnostic.label("an empty key").help(EXAMPLE)));
            }
            start += key.len() + 1;
            keys.push(key_here);
        }
        // At least a key and `=` stand before it.
        let padding = " ".repeat(value.span().start - 2);
        Ok(Self {
            padded: format!("{padding}v={}", value.get_ref()),
            path: keys,
            value,
        })
    }

    /// Writes its value into the document.
    pub(super) fn apply(
        &'t self,
        document: &mut DeTable<'t>,
        schema: &Schema,
    ) -> Result<(), Box<Diagnostic>> {
        let (mut table, mut schema) = (document, schema);
        let mut keys = self.path.iter().peekable();
        while let Some(key) = keys.next() {
            let name = *key.get_ref();
            let child = schema.key(name).ok_or_else(|| unknown_key(key, schema))?;
            match child.kind() {
                Kind::List => {
                    let item = keys.next().ok_or_else(|| unnamed(key))?;
                    if keys.peek().is_none() {
                        return Err(no_key_of(item, child.item()));
                    }
                    table = item_of(table, key, item)?;
                    schema = child.item();
                }
                Kind::Table if keys.peek().is_some() => {
                    table = inner(table, key, self.span());
                    schema = child;
                }
                Kind::Table if !self.value.get_ref().starts_with('{') => {
                    return Err(no_key_of(key, child));
                }
                Kind::Text | Kind::Other if keys.peek().is_some() => return Err(too_deep(key)),
                kind @ (Kind::Table | Kind::Text | Kind::Other) => {
                    let value = self.value(kind)?;
                    let place = Spanned::new(key.span(), Cow::Borrowed(name));
                    table.remove(name);
                    table.insert(place, value);
                }
            }
        }
        Ok(())
    }

    fn span(&self) -> Span {
        self.path[0].span().start..self.value.span().end
    }

    /// The value as TOML has it; where a text is asked for, quotes may be left out.
    fn value(&'t self, kind: Kind) -> Result<Spanned<DeValue<'t>>, Box<Diagnostic>> {
        let raw = *self.value.get_ref();
        let bare = || {
            let text = DeValue::String(Cow::Borrowed(raw));
            Spanned::new(self.value.span(), text)
        };
        let is_quoted = raw.starts_with(['"', '\'']);
        if kind == Kind::Text && !is_quoted {
            return Ok(bare());
        }
        match DeTable::parse(&self.padded) {
            Ok(parsed) if parsed.get_ref().len() == 1 => {
                let value = parsed.into_inner().into_iter().next();
                Ok(value.map_or_else(bare, |(_, value)| value))
            }
            Err(error) if is_quoted || raw.starts_with(['[', '{']) => {
                let span = error.span().unwrap_or_else(|| self.value.span());
                Err(Box::new(Diagnostic::new(
                    Code::Syntax,
                    span,
                    error.message(),
                )))
            }
            Ok(_) | Err(_) => Ok(bare()),
        }
    }
}

fn trimmed(start: usize, text: &str) -> Spanned<&str> {
    let start = start + (text.len() - text.trim_start().len());
    let text = text.trim();
    Spanned::new(start..start + text.len(), text)
}

/// The table of that name, which is made where there is none.
fn inner<'d, 't>(
    table: &'d mut DeTable<'t>,
    key: &Spanned<&'t str>,
    whole: Span,
) -> &'d mut DeTable<'t> {
    let name = *key.get_ref();
    let is_table = |value: &Spanned<DeValue<'_>>| matches!(value.get_ref(), DeValue::Table(_));
    // What is no table in the file is reported there only if nothing takes its place.
    if !table.get(name).is_some_and(is_table) {
        let place = Spanned::new(key.span(), Cow::Borrowed(name));
        let empty = Spanned::new(whole, DeValue::Table(DeTable::new()));
        table.insert(place, empty);
    }
    match table.get_mut(name).map(Spanned::get_mut) {
        Some(DeValue::Table(inner)) => inner,
        _ => unreachable!("it was put there above"),
    }
}

/// The one of a list that is meant: by its `name`, or its `id`.
fn item_of<'d, 't>(
    table: &'d mut DeTable<'t>,
    key: &Spanned<&str>,
    wanted: &Spanned<&str>,
) -> Result<&'d mut DeTable<'t>, Box<Diagnostic>> {
    let list = match table.get_mut(*key.get_ref()).map(Spanned::get_mut) {
        Some(DeValue::Array(list)) => &mut **list,
        _ => &mut [],
    };
    let name = |item: &Spanned<DeValue<'_>>| name_of(item.get_ref());
    let names: Vec<_> = list.iter().filter_map(name).collect();
    let found = list
        .iter()
        .position(|item| name(item).as_deref() == Some(*wanted.get_ref()));
    let found = found.and_then(|at| list.get_mut(at)).map(Spanned::get_mut);
    match found {
        Some(DeValue::Table(item)) => Ok(item),
        _ => Err(unknown_item(key, wanted, &names)),
    }
}

fn name_of(item: &DeValue<'_>) -> Option<String> {
    let DeValue::Table(item) = item else {
        return None;
    };
    match item.get("name").or_else(|| item.get("id"))?.get_ref() {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(digits) => Some(digits.as_str().to_owned()),
        _ => None,
    }
}

fn unknown_item(key: &Spanned<&str>, wanted: &Spanned<&str>, names: &[String]) -> Box<Diagnostic> {
    let (what, name) = (key.get_ref(), wanted.get_ref());
    let message = format!("the file has no {what} `{name}`");
    let names = || names.iter().map(String::as_str);
    let label = match did_you_mean(name, names()) {
        Some(name) => format!("did you mean `{name}`?"),
        None => "not in this file".to_owned(),
    };
    let cure = match names().next() {
        Some(_) => format!("the file has {}", known(names())),
        None => format!("the file has no [[{what}]]"),
    };
    let place = Diagnostic::new(Code::BadSetting, wanted.span(), message);
    Box::new(place.label(label).help(cure))
}

fn unknown_key(key: &Spanned<&str>, schema: &Schema) -> Box<Diagnostic> {
    let (title, keys) = (schema.title_or_value(), || schema.key_names());
    let message = format!("{title} has no key `{}`", key.get_ref());
    let label = match did_you_mean(key.get_ref(), keys()) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => "not known here".to_owned(),
    };
    let place = Diagnostic::new(Code::UnknownKey, key.span(), message);
    let cure = format!("known keys: {}", known(keys()));
    Box::new(place.label(label).help(cure))
}

fn unnamed(key: &Spanned<&str>) -> Box<Diagnostic> {
    let name = key.get_ref();
    let message = format!("`{name}` is there once for each");
    let place = Diagnostic::new(Code::BadSetting, key.span(), message);
    let example = match *name {
        "vlan" => "vlan.100.prefix=10.1.0.0/24".to_owned(),
        "host" => "host.vm1.site=b".to_owned(),
        other => format!("{other}.NAME.KEY=VALUE"),
    };
    let cure = format!("say which one, as in {example}");
    Box::new(place.label("which one?").help(cure))
}

fn no_key_of(key: &Spanned<&str>, schema: &Schema) -> Box<Diagnostic> {
    let message = format!("`{}` has keys, and none of them is named", key.get_ref());
    let place = Diagnostic::new(Code::BadSetting, key.span(), message);
    let keys = known(schema.key_names());
    Box::new(
        place
            .label("which key?")
            .help(format!("known keys: {keys}")),
    )
}

fn too_deep(key: &Spanned<&str>) -> Box<Diagnostic> {
    let message = format!("`{}` is a value, and has no keys", key.get_ref());
    let place = Diagnostic::new(Code::BadSetting, key.span(), message);
    Box::new(place.label("ends here").help(EXAMPLE))
}
