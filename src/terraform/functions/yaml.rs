//! YAML text of values and back, as Terraform's YAML library writes and reads it.

use std::sync::Arc;

use granit_parser::{Event, Parser, ScalarStyle, StructureStyle};
use rustc_hash::FxHashMap;

use crate::terraform::{
    cty::{Entries, Kind, Type, Val, convert},
    functions::{MAX_DEPTH, MAX_ELEMENTS, yaml_scalar},
};

/// A collection that is being read.
enum Open {
    Sequence(Vec<Val>),
    /// Entries, the key that waits for its value, and whether that is `<<`.
    Mapping(Entries, Option<Key>),
}

enum Key {
    Name(Arc<str>),
    Merge,
}

struct Reader {
    stack: Vec<(Open, usize)>,
    anchors: FxHashMap<usize, Val>,
    /// Values that aliases have added, in all.
    copied: usize,
    result: Option<Val>,
    documents: usize,
}

/// Reads one YAML document.
///
/// # Errors
/// What is wrong with the text, in words.
pub(super) fn decode(text: &str) -> Result<Val, String> {
    let mut reader = Reader { stack: Vec::new(), anchors: FxHashMap::default(), copied: 0, result: None, documents: 0 };
    let mut tabs = Tabs::default();
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| error.to_string())?;
        tabs.see(&event, span.byte_range());
        reader.event(event)?;
    }
    if tabs.indents(text) {
        return Err("found character that cannot start any token".to_owned());
    }
    if reader.documents == 0 {
        return Err("missing start of document".to_owned());
    }
    Ok(reader.result.unwrap_or_else(|| Val::null(Type::Dynamic)))
}

/// Where a tab at the start of a line is text or mere space: in scalars and flow collections. Elsewhere Terraform's
/// parser refuses it.
#[derive(Default)]
struct Tabs {
    allowed: Vec<std::ops::Range<usize>>,
    /// Starts of the open flow collections; `None` for a block collection.
    open: Vec<Option<usize>>,
}

impl Tabs {
    fn see(&mut self, event: &Event<'_>, range: Option<std::ops::Range<usize>>) {
        let Some(range) = range else { return };
        match event {
            Event::Scalar(..) => self.allowed.push(range),
            Event::SequenceStart(style, ..) | Event::MappingStart(style, ..) => {
                self.open.push((*style == StructureStyle::Flow).then_some(range.start));
            }
            Event::SequenceEnd | Event::MappingEnd => {
                if let Some(Some(start)) = self.open.pop() {
                    self.allowed.push(start..range.end);
                }
            }
            _ => {}
        }
    }

    fn indents(&self, text: &str) -> bool {
        let mut start = 0;
        text.split_inclusive('\n').any(|line| {
            let content = line.trim_start_matches([' ', '\t']);
            let indent = line.len() - content.len();
            let at = start + indent;
            let tab = line.get(..indent).is_some_and(|indent| indent.contains('\t'));
            let first = start + line.find('\t').unwrap_or(0);
            start += line.len();
            let empty = content.trim().is_empty() || content.starts_with('#');
            tab && !empty
                && !self.allowed.iter().any(|range| range.start < first && at < range.end.max(range.start + 1))
        })
    }
}

/// What follows `!!` in a tag of YAML's own; anything else in full.
fn tag_name(tag: Option<&granit_parser::Tag>, what: &str) -> Result<String, String> {
    let Some(tag) = tag else { return Ok(String::new()) };
    let name = format!("{}{}", tag.handle(), tag.suffix());
    match name.strip_prefix("tag:yaml.org,2002:").or_else(|| name.strip_prefix("!!")) {
        Some(suffix) => Ok(suffix.to_owned()),
        None => Err(format!("unsupported tag \"{name}\" of a {what}")),
    }
}

impl Reader {
    fn event(&mut self, event: Event<'_>) -> Result<(), String> {
        match event {
            Event::DocumentStart(_, version) => {
                if version.is_some_and(|version| (version.major, version.minor) != (1, 1)) {
                    return Err("found incompatible YAML document".to_owned());
                }
                self.documents += 1;
                if self.documents > 1 {
                    return Err("only a single document is allowed".to_owned());
                }
            }
            Event::Scalar(text, style, anchor, tag) => {
                let tag = tag_name(tag.as_deref(), "scalar")?;
                let quoted = matches!(style, ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted);
                let merge = (tag.is_empty() && text == "<<") || tag == "merge";
                if merge && let Some((Open::Mapping(_, key @ None), _)) = self.stack.last_mut() {
                    *key = Some(Key::Merge);
                    return Ok(());
                }
                // Block scalars resolve as plain ones do, except that a text of several lines is no number.
                let value = yaml_scalar::resolve(&tag, &text, quoted)?;
                self.value(value, anchor)?;
            }
            Event::SequenceStart(_, anchor, tag) => {
                let tag = tag_name(tag.as_deref(), "sequence")?;
                if !matches!(tag.as_str(), "" | "seq") {
                    return Err(format!("can't interpret sequence as {tag}"));
                }
                self.open(Open::Sequence(Vec::new()), anchor)?;
            }
            Event::MappingStart(_, anchor, tag) => {
                let tag = tag_name(tag.as_deref(), "mapping")?;
                if !matches!(tag.as_str(), "" | "map") {
                    return Err(format!("can't interpret mapping as {tag}"));
                }
                self.open(Open::Mapping(Entries::new(), None), anchor)?;
            }
            Event::SequenceEnd | Event::MappingEnd => match self.stack.pop() {
                Some((Open::Sequence(items), anchor)) => self.value(Val::tuple(items), anchor)?,
                Some((Open::Mapping(entries, _), anchor)) => self.value(Val::object(entries), anchor)?,
                None => {}
            },
            Event::Alias(anchor) => {
                let Some(value) = self.anchors.get(&anchor).cloned() else {
                    return Err("cannot refer to an anchor from inside its own definition".to_owned());
                };
                self.copied = self.copied.saturating_add(size(&value));
                if self.copied > MAX_ELEMENTS {
                    return Err("aliases expand to too many values".to_owned());
                }
                self.value(value, 0)?;
            }
            _ => {}
        }
        Ok(())
    }

    fn open(&mut self, open: Open, anchor: usize) -> Result<(), String> {
        if self.stack.len() >= MAX_DEPTH {
            return Err("nested too deeply".to_owned());
        }
        if matches!(self.stack.last(), Some((Open::Mapping(_, None), _))) {
            return Err("only strings are allowed as mapping keys".to_owned());
        }
        self.stack.push((open, anchor));
        Ok(())
    }

    /// A finished value goes to where it belongs.
    fn value(&mut self, value: Val, anchor: usize) -> Result<(), String> {
        if anchor > 0 {
            self.anchors.insert(anchor, value.clone());
        }
        match self.stack.last_mut() {
            None => self.result = Some(value),
            Some((Open::Sequence(items), _)) => items.push(value),
            Some((Open::Mapping(entries, key), _)) => match key.take() {
                Some(Key::Name(name)) => {
                    entries.insert(name, value);
                }
                Some(Key::Merge) => merge(entries, &value)?,
                None => *key = Some(Key::Name(name(&value)?)),
            },
        }
        Ok(())
    }
}

fn name(value: &Val) -> Result<Arc<str>, String> {
    let text = convert(value, &Type::String).map_err(|_| "only strings are allowed as mapping keys".to_owned())?;
    text.as_text().map(|text| Arc::clone(&text.text)).ok_or_else(|| "mapping key cannot be null".to_owned())
}

fn merge(entries: &mut Entries, value: &Val) -> Result<(), String> {
    let wrong = |value: &Val| format!("cannot merge {} into mapping", value.ty().friendly());
    let copy = |from: &Entries, entries: &mut Entries| {
        entries.extend(from.iter().map(|(key, value)| (Arc::clone(key), value.clone())))
    };
    match (&value.kind, value.as_items()) {
        (Kind::Object(from), _) => copy(from, entries),
        (_, Some(items)) => {
            for item in &**items {
                let Kind::Object(from) = &item.kind else {
                    return Err(wrong(item));
                };
                copy(from, entries);
            }
        }
        _ => return Err(wrong(value)),
    }
    Ok(())
}

fn size(value: &Val) -> usize {
    value.children().fold(1, |total, child| total.saturating_add(size(child)))
}

/// The YAML of a wholly known value; `None` when a part of it is unknown.
pub(super) fn encode(value: &Val) -> Option<String> {
    let mut out = String::new();
    write(value, 0, Place::Root, &mut out)?;
    // A plain scalar alone leaves the document open.
    if matches!(value.kind, Kind::Null(_) | Kind::Bool(_) | Kind::Number(_)) {
        out.push_str("...\n");
    }
    Some(out)
}

#[derive(Clone, Copy, PartialEq)]
enum Place {
    Root,
    /// After `- `.
    Item,
    /// After `key:`.
    Value,
}

fn write(value: &Val, indent: usize, place: Place, out: &mut String) -> Option<()> {
    let scalar = |text: &str, out: &mut String| {
        if place == Place::Value {
            out.push(' ');
        }
        out.push_str(text);
        out.push('\n');
    };
    match &value.kind {
        Kind::Null(_) => scalar("null", out),
        Kind::Bool(value) => scalar(if *value { "true" } else { "false" }, out),
        Kind::Number(number) => scalar(&number.text(), out),
        Kind::String(text) if text.text.contains('\n') && is_block_allowed(&text.text) => {
            let mut block = String::new();
            write_block(&text.text, indent, place, &mut block);
            if place == Place::Value {
                out.push(' ');
            }
            out.push_str(&block);
        }
        Kind::String(text) => {
            if place == Place::Value {
                out.push(' ');
            }
            let fold = if place == Place::Item { indent } else { indent + 2 };
            write_quoted(&text.text, Some(fold), out);
            out.push('\n');
        }
        Kind::List(_, items) | Kind::Set(_, items) | Kind::Tuple(items) => {
            if items.is_empty() {
                scalar("[]", out);
                return Some(());
            }
            // A sequence in a mapping is not indented.
            let inner = indent;
            for (index, item) in items.iter().enumerate() {
                if index == 0 && place == Place::Value {
                    out.push('\n');
                }
                if index > 0 || place != Place::Item {
                    out.push_str(&" ".repeat(inner));
                }
                out.push_str("- ");
                write(item, inner + 2, Place::Item, out)?;
            }
        }
        Kind::Map(_, entries) | Kind::Object(entries) => {
            if entries.is_empty() {
                scalar("{}", out);
                return Some(());
            }
            let inner = if place == Place::Value { indent + 2 } else { indent };
            for (index, (key, item)) in entries.iter().enumerate() {
                if index == 0 && place == Place::Value {
                    out.push('\n');
                }
                if index > 0 || place != Place::Item {
                    out.push_str(&" ".repeat(inner));
                }
                write_key(key, inner, out);
                write(item, inner, Place::Value, out)?;
            }
        }
        Kind::Unknown(_) => return None,
    }
    Some(())
}

/// Keys of more than 128 bytes or of several lines are written with `? `.
fn write_key(key: &str, indent: usize, out: &mut String) {
    let mut quoted = String::new();
    write_quoted(key, None, &mut quoted);
    if key.len() <= 128 && !key.contains('\n') {
        out.push_str(&quoted);
        out.push(':');
        return;
    }
    out.push_str("? ");
    if key.contains('\n') {
        write_block(key, indent + 2, Place::Item, out);
    } else {
        out.push_str(&quoted);
        out.push('\n');
    }
    out.push_str(&" ".repeat(indent));
    out.push(':');
}

/// Whether a literal block can hold the text: libyaml's rules.
fn is_block_allowed(text: &str) -> bool {
    let special = |c: char| {
        !matches!(c, '\n' | ' '..='~' | '\u{85}' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}') || c == '\u{feff}'
    };
    let space_break = text.contains(" \n") || text.ends_with(' ');
    !text.chars().any(special) && !space_break
}

fn write_block(text: &str, indent: usize, place: Place, out: &mut String) {
    let indent = if place == Place::Root {
        2
    } else if place == Place::Value {
        indent + 2
    } else {
        indent
    };
    out.push('|');
    if text.starts_with([' ', '\n']) {
        out.push('2');
    }
    if !text.ends_with('\n') {
        out.push('-');
    } else if text.ends_with("\n\n") || text == "\n" {
        out.push('+');
    }
    out.push('\n');
    for line in text.split_inclusive('\n') {
        if line != "\n" {
            out.push_str(&" ".repeat(indent));
        }
        out.push_str(line);
    }
    if !text.ends_with('\n') {
        out.push('\n');
    }
}

/// A double-quoted scalar with libyaml's escapes. With `fold`, a line ends at a space past the eightieth column and the
/// next starts with so many spaces.
fn write_quoted(text: &str, fold: Option<usize>, out: &mut String) {
    const WIDTH: usize = 80;
    let mut line = out.rfind('\n').map_or(0, |at| at + 1);
    let mut after_space = false;
    out.push('"');
    for (at, c) in text.char_indices() {
        let column = || out.get(line..).unwrap_or_default().chars().count();
        let inside = at > 0 && at + 1 < text.len();
        if let (' ', Some(fold)) = (c, fold)
            && inside
            && !after_space
            && out.len() - line > WIDTH
            && column() > WIDTH
        {
            out.push('\n');
            line = out.len();
            out.push_str(&" ".repeat(fold));
            if text.get(at + 1..).is_some_and(|rest| rest.starts_with(' ')) {
                out.push('\\');
            }
            after_space = true;
            continue;
        }
        after_space = c == ' ';
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\0' => out.push_str("\\0"),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\u{b}' => out.push_str("\\v"),
            '\u{c}' => out.push_str("\\f"),
            '\r' => out.push_str("\\r"),
            '\u{1b}' => out.push_str("\\e"),
            '\u{85}' => out.push_str("\\N"),
            '\u{2028}' => out.push_str("\\L"),
            '\u{2029}' => out.push_str("\\P"),
            '\u{feff}' => out.push_str("\\uFEFF"),
            ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' => out.push(c),
            c if u32::from(c) <= 0xff => out.push_str(&format!("\\x{:02X}", u32::from(c))),
            c if u32::from(c) <= 0xffff => out.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => out.push_str(&format!("\\U{:08X}", u32::from(c))),
        }
    }
    out.push('"');
}
