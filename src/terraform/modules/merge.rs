//! Override files: what they say replaces what the base says (Terraform language, "Override Files").

use std::sync::Arc;

use super::declare::{Local, Module, Output, Variable};
use crate::{
    model::Mode,
    terraform::syntax::{Block, Body, File},
};

impl Module {
    /// Merges an override file into the declarations so far.
    pub(super) fn merge(&mut self, file: File) {
        self.files.push((file.id, file.comments));
        self.problems.extend(file.problems);
        for block in file.body.blocks {
            self.merge_block(block);
        }
    }

    fn merge_block(&mut self, block: Block) {
        let label = |at: usize| block.labels.get(at).map(|label| Arc::clone(&label.text));
        let (first, second) = (label(0), label(1));
        let header = block.header;
        let base: Option<&mut Body> = match (&*block.kind.text, first, second) {
            ("locals", ..) => return self.merge_locals(block.body),
            ("variable", Some(name), _) => {
                self.variables.get_mut(&name).map(|variable: &mut Variable| &mut variable.body)
            }
            ("output", Some(name), _) => self.outputs.get_mut(&name).map(|output: &mut Output| &mut output.body),
            ("module", Some(name), _) => self.calls.get_mut(&name).map(|call| &mut call.block.body),
            ("resource", Some(kind), Some(name)) => self.resource_body(Mode::Managed, &kind, &name),
            ("data", Some(kind), Some(name)) => self.resource_body(Mode::Data, &kind, &name),
            ("provider", Some(name), _) => {
                let alias = block.body.attribute("alias").and_then(|alias| alias.value.as_string());
                let key = alias.map_or_else(|| name.to_string(), |alias| format!("{name}.{alias}"));
                self.providers.get_mut(&*key).map(|provider| &mut provider.block.body)
            }
            // Settings and the rest do not change values.
            _ => return,
        };
        match base {
            Some(base) => replace(base, block.body),
            None => {
                let message = format!("an override of a `{}` that is not declared", block.kind.text);
                self.problem(header, message);
            }
        }
    }

    fn resource_body(&mut self, mode: Mode, kind: &str, name: &str) -> Option<&mut Body> {
        let address = if mode == Mode::Data { format!("data.{kind}.{name}") } else { format!("{kind}.{name}") };
        self.resources.get_mut(&*address).map(|resource| &mut resource.block.body)
    }

    fn merge_locals(&mut self, body: Body) {
        for attribute in body.attributes {
            match self.locals.get_mut(&attribute.name.text) {
                Some(base) => *base = Local { attribute },
                None => {
                    let message =
                        format!("an override of the local value `{}`, which is not declared", attribute.name.text);
                    self.problem(attribute.name.span, message);
                }
            }
        }
    }
}

/// Arguments replace arguments; blocks of a type, written or dynamic, replace all blocks of that type.
/// `lifecycle` is merged by argument.
fn replace(base: &mut Body, over: Body) {
    for attribute in over.attributes {
        match base.attributes.iter_mut().find(|old| old.name.text == attribute.name.text) {
            Some(old) => *old = attribute,
            None => base.attributes.push(attribute),
        }
    }
    let replaced: Vec<Arc<str>> = over.blocks.iter().map(block_type).filter(|kind| &**kind != "lifecycle").collect();
    base.blocks.retain(|block| !replaced.contains(&block_type(block)));
    for block in over.blocks {
        match base.blocks.iter_mut().find(|old| &*old.kind.text == "lifecycle" && &*block.kind.text == "lifecycle") {
            Some(old) => replace(&mut old.body, block.body),
            None => base.blocks.push(block),
        }
    }
}

fn block_type(block: &Block) -> Arc<str> {
    match (&*block.kind.text, block.labels.first()) {
        ("dynamic", Some(label)) => Arc::clone(&label.text),
        _ => Arc::clone(&block.kind.text),
    }
}
