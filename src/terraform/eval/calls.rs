//! Function calls: `try` and `can`, which see failure, and all others through their table.

use std::{path::Path, sync::Arc};

use super::{
    Budget, Conditions, Eval, Evaluator, Fault, FaultKind, Scope, ShortCircuit, access, choice, derived, fatal, fault,
};
use crate::{
    source::{SourceFile, Sources, Span},
    terraform::{
        cty::{Entries, Type, Val, equals},
        functions::{self, Caller, FunctionError, Host},
        syntax::{self, Call, Expr, ExprKind, Step},
    },
    value::{Reason, Unknown},
};

impl Evaluator<'_> {
    pub(super) fn call(&self, call: &Call, span: Span) -> Eval<Val> {
        let name = &*call.name.text;
        match name.strip_prefix("core::").unwrap_or(name) {
            "try" if !call.expand => return self.try_each(&call.arguments, span),
            "can" if !call.expand => return self.can(&call.arguments, span),
            _ => {}
        }
        let exists = functions::exists(name) && self.scope.allows(name);
        if !exists && !self.scope.has_function(name) {
            return fatal(call.name.span, format!("there is no function `{name}`"));
        }
        let mut arguments = call.arguments.iter().map(|argument| self.eval(argument)).collect::<Eval<Vec<_>>>()?;
        if !exists {
            return self.scope.call(name, &arguments, span);
        }
        if call.expand
            && let Some(last) = arguments.pop()
        {
            match expanded(&last, span)? {
                Some(items) => arguments.extend(items),
                None => return Ok(derived(Val::dynamic(), &[&last]).marked(last.marks)),
            }
        }
        if name.ends_with("templatestring") && !call.arguments.first().is_some_and(is_reference) {
            let at = call.arguments.first().map_or(span, |argument| argument.span);
            return fault(at, "the template must be a reference to a string from elsewhere");
        }
        let host = CallHost { evaluator: self };
        let result = functions::call(name, &arguments, &host);
        if let Some(bound) = result.as_ref().ok().and_then(exceeded)
            && !arguments.iter().any(|argument| exceeded(argument).is_some())
        {
            self.scope.exceeded(&bound, span);
        }
        result.map(|result| shaped(name, &arguments, result)).or_else(|error| {
            let at = error.argument.and_then(|index| call.arguments.get(index)).map_or(span, |argument| argument.span);
            match error {
                FunctionError { undeclared: true, message, .. } => fatal(call.name.span, message),
                FunctionError { missing: true, message, .. } => {
                    Err(Box::new(Fault { message, span: at, fatal: false, kind: FaultKind::MissingFile }))
                }
                error => fault(at, error.message),
            }
        })
    }

    fn try_each(&self, arguments: &[Expr], span: Span) -> Eval<Val> {
        let mut failures = Vec::new();
        for (at, argument) in arguments.iter().enumerate() {
            let before = self.budget.lenient.get();
            match self.eval(argument) {
                Ok(value) => {
                    let lenient = self.budget.lenient.get() != before;
                    let rest = arguments.get(at + 1..).unwrap_or_default();
                    return Ok(if lenient && !rest.is_empty() {
                        self.by_version(value, rest, span)
                    } else {
                        tried(value)
                    });
                }
                Err(fault) if fault.fatal => return Err(fault),
                Err(fault) => failures.push(fault.message),
            }
        }
        match failures.pop() {
            Some(last) => fault(span, format!("no argument of `try` has a value; the last one: {last}")),
            None => fault(span, "`try` needs an argument"),
        }
    }

    /// A value that only newer versions compute, where older ones go on to the next argument: not known when they
    /// give another.
    fn by_version(&self, value: Val, rest: &[Expr], span: Span) -> Val {
        match self.try_each(rest, span) {
            Ok(older) if equals(&older, &value).as_bool() == Some(true) => tried(value),
            Ok(_) => Val::dynamic().because(&Arc::new(by_version(span))),
            Err(_) => tried(value),
        }
    }

    fn can(&self, arguments: &[Expr], span: Span) -> Eval<Val> {
        let [argument] = arguments else {
            return fault(span, "`can` needs one argument");
        };
        let before = self.budget.lenient.get();
        match self.eval(argument) {
            Ok(_) if self.budget.lenient.get() != before => {
                Ok(Val::unknown(Type::Bool).because(&Arc::new(by_version(span))))
            }
            Ok(value) if value.is_wholly_known() => Ok(Val::bool(true)),
            Ok(value) => Ok(choice::standing_for(Val::unknown(Type::Bool), Val::bool(true).from_where(&value))),
            Err(fault) if fault.fatal => Err(fault),
            Err(_) => Ok(Val::bool(false)),
        }
    }
}

/// The bound of this program because of which a value, or a part of it, is unknown.
fn exceeded(value: &Val) -> Option<Arc<str>> {
    let why = super::reason(value)?;
    (why.reason == Reason::Budget).then(|| Arc::clone(&why.subject))
}

/// Whether an expression is a name with steps after it, all that `templatestring` takes.
fn is_reference(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Variable(_) => true,
        ExprKind::Traversal(traversal) => is_reference(&traversal.base),
        _ => false,
    }
}

/// A slice with known bounds of an unknown list has so many elements, or the deployment fails.
fn shaped(name: &str, arguments: &[Val], result: Val) -> Val {
    const MAX_ELEMENTS: usize = 64;
    let ("slice", [list, from, to]) = (name, arguments) else { return result };
    let bound = |value: &Val| value.as_number().and_then(crate::terraform::cty::Number::to_usize);
    let (Some(from), Some(to), Type::List(element)) = (bound(from), bound(to), list.ty()) else { return result };
    if result.is_known() || choice::arms(list).is_some() || to <= from || to - from > MAX_ELEMENTS {
        return result;
    }
    let item = |at: usize| access::below(list, (*element).clone(), &at.to_string());
    choice::standing_for(result, Val::list((*element).clone(), (from..to).map(item).collect()))
}

/// What decides between versions of Terraform whose logical operators differ.
fn by_version(span: Span) -> Unknown {
    Unknown::new(Reason::Input, "required_version").at(span)
}

/// The value of `try` that Terraform cannot be certain of as long as any part is unknown.
fn tried(value: Val) -> Val {
    if value.is_wholly_known() { value } else { choice::standing_for(Val::dynamic(), value) }
}

/// The elements of an expanded last argument; none when they are not known.
fn expanded(last: &Val, span: Span) -> Eval<Option<Vec<Val>>> {
    if last.is_null() {
        return fault(last.span.unwrap_or(span), "null cannot be expanded into arguments");
    }
    if let Some(items) = last.as_items() {
        return Ok(Some(items.iter().map(|item| item.clone().marked(last.marks)).collect()));
    }
    match last.ty() {
        Type::Dynamic | Type::Tuple(_) | Type::List(_) | Type::Set(_) => Ok(None),
        ty => fault(last.span.unwrap_or(span), format!("a {} cannot be expanded into arguments", ty.friendly())),
    }
}

/// Renders a template that is text of the module, as the provider `template` does.
pub(crate) fn render(
    scope: &dyn Scope,
    budget: &Budget,
    template: &SourceFile,
    variables: &Entries,
) -> Result<Val, String> {
    let expr = syntax::parse_template(template.text(), template.id()).map_err(|problem| problem.message)?;
    let inside = TemplateScope { outer: scope, variables, caller: Caller::TemplateFile };
    Evaluator { scope: &inside, budget, bindings: None }.eval(&expr).map_err(|fault| fault.message)
}

/// What functions see of the place of the call.
struct CallHost<'h> {
    evaluator: &'h Evaluator<'h>,
}

impl Host for CallHost<'_> {
    fn sources(&self) -> &Sources {
        self.evaluator.scope.sources()
    }

    fn base(&self) -> &Path {
        self.evaluator.scope.base()
    }

    fn render(&self, template: &Arc<SourceFile>, variables: &Entries, caller: Caller) -> Result<Val, String> {
        let expr = syntax::parse_template(template.text(), template.id()).map_err(|problem| problem.message)?;
        let scope = TemplateScope { outer: self.evaluator.scope, variables, caller };
        Evaluator { scope: &scope, budget: self.evaluator.budget, bindings: None }
            .eval(&expr)
            .map_err(|fault| fault.message)
    }
}

/// The names in a template: only what is passed.
struct TemplateScope<'t> {
    outer: &'t dyn Scope,
    variables: &'t Entries,
    caller: Caller,
}

impl Scope for TemplateScope<'_> {
    fn resolve(&self, root: &str, _: &[Step], span: Span) -> Eval<(Val, usize)> {
        match self.variables.get(root) {
            Some(value) => Ok((value.clone(), 0)),
            None => access::undeclared(root, span).or_else(|inner: Box<Fault>| fault(span, inner.message)),
        }
    }

    fn allows(&self, function: &str) -> bool {
        self.caller.allows(function)
    }

    fn exceeded(&self, bound: &str, span: Span) {
        self.outer.exceeded(bound, span);
    }

    fn conditions(&self) -> &Conditions<'_> {
        self.outer.conditions()
    }

    fn short_circuit(&self) -> ShortCircuit {
        self.outer.short_circuit()
    }

    fn sources(&self) -> &Sources {
        self.outer.sources()
    }

    fn base(&self) -> &Path {
        self.outer.base()
    }
}
