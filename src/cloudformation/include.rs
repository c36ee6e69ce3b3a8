//! `AWS::Include`: files whose content becomes part of a template. In: a tree and the file it is written in. Out: the
//! tree with local files put in, their nodes at their own places. What lies elsewhere leaves the mapping open.
//!
//! Source: AWS CloudFormation User Guide, "AWS::Include transform".

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::{
    cloudformation::{
        rewrite::rewrite,
        syntax,
        tree::{Content, Mapping, Node, NodeRef},
    },
    model::{Problem, ProblemKind},
    source::{SourceFile, Sources},
    value::{Reason, Unknown},
};

/// How deeply included files may include others.
pub const MAX_INCLUDE_DEPTH: usize = 8;

const NAME: &str = "AWS::Include";
const CALL: &str = "Fn::Transform";

/// Puts in all local files.
pub fn expand(sources: &Sources, file: &SourceFile, root: &NodeRef, problems: &mut Vec<Problem>) -> NodeRef {
    let mut includer = Includer { sources, problems, folders: vec![folder_of(file.path())] };
    let root = includer.sections(root);
    includer.tree(&root)
}

/// The folder of a file, relative to the scan root.
pub fn folder_of(path: &str) -> PathBuf {
    Path::new(path).parent().unwrap_or(Path::new("")).to_owned()
}

/// A path as a template gives it, when it names a local file: not a URL, not a reference into a bucket.
pub fn local_path(location: &str) -> Option<&str> {
    match location.strip_prefix("file://") {
        Some(path) => Some(path),
        None => (!location.is_empty() && !location.contains("://")).then_some(location),
    }
}

struct Includer<'a> {
    sources: &'a Sources,
    problems: &'a mut Vec<Problem>,
    /// The folders of the files that are being put in, outermost first.
    folders: Vec<PathBuf>,
}

impl Includer<'_> {
    fn tree(&mut self, root: &NodeRef) -> NodeRef {
        rewrite(root, &mut |node| self.mapping(node))
    }

    /// A mapping with `Fn::Transform` beside its other keys, or alone.
    fn mapping(&mut self, node: &NodeRef) -> Option<NodeRef> {
        let map = node.as_map()?;
        let call = map.pair(CALL)?;
        let content = self.load(location(&call.value)?)?;
        let mut map = map.clone();
        let call = map.remove(CALL)?;
        match &content.content {
            Content::Map(included) => {
                self.merge(&mut map, included);
                Some(node.with(Content::Map(map)))
            }
            _ if map.entries.is_empty() => Some(content),
            _ => {
                let message = "the included file must hold a mapping, as it stands beside other keys";
                self.problem(ProblemKind::Error, message, &call.value);
                None
            }
        }
    }

    /// `Transform: {Name: AWS::Include, …}` at the top adds to the sections of the template.
    fn sections(&mut self, root: &NodeRef) -> NodeRef {
        let (Some(map), Some(transform)) = (root.as_map(), root.get("Transform")) else { return Arc::clone(root) };
        let mut map = map.clone();
        let transform = Arc::clone(transform);
        for item in transform.as_list().unwrap_or(std::slice::from_ref(&transform)) {
            let Some(location) = location(item) else { continue };
            let content = self.load(location);
            let included = content.as_ref().and_then(|content| content.as_map());
            let Some(included) = included else {
                self.open_resources(&mut map, location);
                continue;
            };
            for section in &included.entries {
                match map
                    .get(&section.key)
                    .and_then(|known| Some((known.clone(), known.as_map()?.clone(), section.value.as_map()?)))
                {
                    Some((known, mut merged, added)) => {
                        self.merge(&mut merged, added);
                        map.insert(Arc::clone(&section.key), section.key_span, known.with(Content::Map(merged)));
                    }
                    None => map.entries.push(section.clone()),
                }
            }
        }
        root.with(Content::Map(map))
    }

    /// Further resources may come from a file that is not here.
    fn open_resources(&mut self, map: &mut Mapping, location: &NodeRef) {
        let Some(pair) = map.pair("Resources").cloned() else { return };
        let Some(mut resources) = pair.value.as_map().cloned() else { return };
        resources.open = Some(Arc::new(Unknown::new(Reason::External, NAME).at(location.span)));
        map.insert(pair.key, pair.key_span, pair.value.with(Content::Map(resources)));
        self.problem(ProblemKind::Note, "the included file is not on this machine and is not read", location);
    }

    /// Adds what a file has. Which of two equal keys wins is not documented, so it is reported; what is written in the
    /// template stays.
    fn merge(&mut self, map: &mut Mapping, included: &Mapping) {
        for pair in &included.entries {
            if map.get(&pair.key).is_some() {
                let message = format!(
                    "`{}` is in the template and in the included file; which one counts is not documented",
                    pair.key
                );
                self.problems.push(Problem::at(ProblemKind::Warning, "cloudformation-include", message, pair.key_span));
            } else {
                map.entries.push(pair.clone());
            }
        }
    }

    /// The content of a local file; `None` when it lies elsewhere, which leaves the mapping open.
    fn load(&mut self, location: &NodeRef) -> Option<NodeRef> {
        let path = local_path(location.as_str()?)?;
        if self.folders.len() > MAX_INCLUDE_DEPTH {
            let message = format!("files include one another more than {MAX_INCLUDE_DEPTH} deep; the rest is not read");
            self.problem(ProblemKind::Error, message, location);
            return None;
        }
        let path = self.folders.last().cloned().unwrap_or_default().join(path);
        let file = match self.sources.load(&path) {
            Ok(file) => file,
            Err(error) => {
                self.problem(ProblemKind::Error, format!("the included file {error}"), location);
                return None;
            }
        };
        let parsed = syntax::parse_file(&file);
        self.problems.extend(parsed.problems);
        let content = parsed.documents.into_iter().next()?;
        self.folders.push(folder_of(file.path()));
        let content = self.tree(&content);
        self.folders.pop();
        Some(content)
    }

    fn problem(&mut self, kind: ProblemKind, message: impl Into<String>, node: &Node) {
        self.problems.push(Problem::at(kind, "cloudformation-include", message, node.span));
    }
}

/// The location of `{Name: AWS::Include, Parameters: {Location}}`.
fn location(transform: &Node) -> Option<&NodeRef> {
    let is_include = transform.get("Name").and_then(|name| name.as_str()) == Some(NAME);
    transform.get("Parameters").filter(|_| is_include)?.get("Location")
}
