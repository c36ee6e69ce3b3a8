//! Instances of modules and blocks, and the values that are remembered of them.

use std::{cell::RefCell, rc::Rc, sync::Arc};

use rustc_hash::FxHashMap;

use crate::{
    model::ModuleCall,
    terraform::{cty::Val, modules::Module},
    value::Formula,
};

/// The key of an instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Key {
    /// The block has neither `count` nor `for_each`.
    Single,
    /// Of `count`.
    Number(usize),
    /// Of `for_each`.
    Text(Arc<str>),
    /// One that stands for all: their number or keys are not known.
    Any,
}

impl Key {
    /// As in an address, brackets included.
    pub(super) fn suffix(&self) -> String {
        self.text().map_or_else(String::new, |text| format!("[{text}]"))
    }

    /// As in an address, without brackets.
    pub(super) fn text(&self) -> Option<String> {
        match self {
            Self::Single => None,
            Self::Number(number) => Some(number.to_string()),
            Self::Text(text) => Some(format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))),
            Self::Any => Some("*".to_owned()),
        }
    }
}

/// One instance of a block, before its content is evaluated.
#[derive(Clone, Debug)]
pub(super) struct Repetition {
    pub key: Key,
    /// `count.index`.
    pub index: Option<Val>,
    /// `each.key`, `each.value`.
    pub each: Option<(Val, Val)>,
    /// When it exists.
    pub exists: Formula,
}

/// All instances of a block.
#[derive(Clone, Debug)]
pub(super) struct Expansion {
    pub kind: ExpansionKind,
    pub instances: Vec<Repetition>,
}

/// What makes the instances of a block.
#[derive(Clone, Debug)]
pub(super) enum ExpansionKind {
    Single,
    Count,
    ForEach,
    /// Which instances there are depends on undecided conditions: under each, these, by position in `instances`.
    Choice {
        count: bool,
        arms: Vec<(Formula, Vec<usize>)>,
    },
    /// Not known: the instance stands for all.
    Unknown(Val),
}

/// What a name stands for in a module instance.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Node {
    Variable(Arc<str>),
    Local(Arc<str>),
    Output(Arc<str>),
    /// All instances of a resource, as one value.
    Resource(Arc<str>),
}

/// The state of a node.
#[derive(Clone)]
pub(super) enum Slot {
    /// It is being evaluated: to need it now is a cycle.
    Busy,
    Done(Val),
}

/// An instance of a module.
pub(super) struct Instance {
    pub module: Arc<Module>,
    /// `path.module`.
    pub folder: Arc<str>,
    /// `module.a[0].module.b`; empty for the root.
    pub address: Arc<str>,
    /// Call names joined by dots, as in modules.json.
    pub manifest_key: String,
    pub parent: Option<Parent>,
    /// The calls that lead here, outermost first.
    pub calls: Vec<ModuleCall>,
    pub exists: Formula,
    pub depth: usize,
    pub nodes: RefCell<FxHashMap<Node, Slot>>,
    pub children: RefCell<FxHashMap<Arc<str>, Rc<Children>>>,
    pub resources: RefCell<FxHashMap<Arc<str>, Rc<super::resource::Instances>>>,
    pub providers: RefCell<FxHashMap<Arc<str>, Rc<super::provider::Settings>>>,
    /// Resource blocks whose instances are being counted.
    pub expanding: RefCell<Vec<Arc<str>>>,
}

/// Where a module instance is called.
#[derive(Clone)]
pub(super) struct Parent {
    pub instance: Rc<Instance>,
    pub call: Arc<str>,
    pub repetition: Repetition,
}

/// The instances of a module call.
pub(super) struct Children {
    pub expansion: Expansion,
    /// One for each of the expansion's instances; none when the module is not on this machine.
    pub instances: Option<Vec<Rc<Instance>>>,
}

impl Instance {
    /// Lets go of the instances of called modules. They hold the one that calls them, so that none would ever be freed.
    pub(super) fn release(&self) {
        for children in self.children.take().into_values() {
            children.instances.iter().flatten().for_each(|child| child.release());
        }
    }

    /// Everything at its default, to be completed.
    pub(super) fn empty() -> Self {
        Self {
            module: Arc::default(),
            folder: ".".into(),
            address: "".into(),
            manifest_key: String::new(),
            parent: None,
            calls: Vec::new(),
            exists: Formula::TRUE,
            depth: 0,
            nodes: RefCell::default(),
            children: RefCell::default(),
            resources: RefCell::default(),
            providers: RefCell::default(),
            expanding: RefCell::default(),
        }
    }

    /// The address of something inside: `module.a.aws_kms_key.k`.
    pub(super) fn inside(&self, address: &str) -> String {
        if self.address.is_empty() { address.to_owned() } else { format!("{}.{address}", self.address) }
    }
}
