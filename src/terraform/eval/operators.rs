//! Operators and conditionals.

use super::{Eval, Evaluator, ShortCircuit, choice, derived, fault};
use crate::{
    source::Span,
    terraform::{
        cty::{Kind, Number, Refinement, Type, Val, convert, equals, unify::unify_unsafe},
        syntax::{BinaryOp, Conditional, Expr, Operation, UnaryOp},
    },
    value::Formula,
};

impl Evaluator<'_> {
    pub(super) fn unary(&self, op: UnaryOp, operand: &Expr) -> Eval<Val> {
        let value = self.eval(operand)?;
        let result = self.unary_value(op, &value, operand.span)?;
        Ok(choice::distribute(result, &[&value], &|values| self.unary_value(op, values.first()?, operand.span).ok()))
    }

    fn unary_value(&self, op: UnaryOp, value: &Val, span: Span) -> Eval<Val> {
        let want = if op == UnaryOp::Not { Type::Bool } else { Type::Number };
        let value = self.operand(value, &want, span)?;
        let result = match (op, &value.kind) {
            (UnaryOp::Not, Kind::Bool(value)) => Val::bool(!value),
            (UnaryOp::Negate, Kind::Number(number)) => Val::number(number.neg()),
            (UnaryOp::Not, _) => {
                let result = derived(Val::unknown_not_null(Type::Bool), &[&value]);
                match self.scope.conditions().formula(&value) {
                    Some(formula) => choice::condition(result, formula.negate()),
                    None => result,
                }
            }
            (UnaryOp::Negate, _) => derived(Val::unknown_not_null(Type::Number), &[&value]),
        };
        Ok(result.marked(value.marks))
    }

    /// An operand, converted; null is a fault.
    fn operand(&self, value: &Val, want: &Type, span: Span) -> Eval<Val> {
        let value = self.convert(value, want, span)?;
        if value.is_null() { fault(span, "null cannot be an operand") } else { Ok(value) }
    }

    pub(super) fn operation(&self, operation: &Operation) -> Eval<Val> {
        let mut left = self.eval(&operation.first)?;
        for (op, right) in &operation.rest {
            let span = operation.first.span.to(right.span);
            left = match self.decided_by_left(*op, &left) {
                Some(decided) => match self.scope.short_circuit() {
                    ShortCircuit::Always => decided,
                    ShortCircuit::Never => self.apply(*op, &left, &self.eval(right)?, span)?,
                    ShortCircuit::Either => {
                        match self.eval(right).and_then(|right| self.apply(*op, &left, &right, span)) {
                            Err(fault) if !fault.fatal => {
                                self.budget.lenient.set(self.budget.lenient.get() + 1);
                                decided
                            }
                            other => other?,
                        }
                    }
                },
                None => self.apply(*op, &left, &self.eval(right)?, span)?,
            };
        }
        Ok(left)
    }

    /// The value of `&&` or `||` when the left side alone decides it.
    fn decided_by_left(&self, op: BinaryOp, left: &Val) -> Option<Val> {
        let absorbing = match op {
            BinaryOp::And => false,
            BinaryOp::Or => true,
            _ => return None,
        };
        let left = convert(left, &Type::Bool).ok()?;
        (left.as_bool() == Some(absorbing)).then_some(left)
    }

    fn apply(&self, op: BinaryOp, left: &Val, right: &Val, span: Span) -> Eval<Val> {
        let result = self.binary(op, left, right, span)?;
        Ok(choice::distribute(result, &[left, right], &|values| {
            self.binary(op, values.first()?, values.get(1)?, span).ok()
        }))
    }

    fn binary(&self, op: BinaryOp, left: &Val, right: &Val, span: Span) -> Eval<Val> {
        match op {
            BinaryOp::Equal | BinaryOp::NotEqual => Ok(self.equality(op == BinaryOp::NotEqual, left, right)),
            BinaryOp::And | BinaryOp::Or => self.logic(op, left, right, span),
            BinaryOp::Less | BinaryOp::LessOrEqual | BinaryOp::Greater | BinaryOp::GreaterOrEqual => {
                let (left, right) =
                    (self.operand(left, &Type::Number, span)?, self.operand(right, &Type::Number, span)?);
                Ok(compare(op, &left, &right).marked(left.marks | right.marks))
            }
            _ => self.arithmetic(op, left, right, span),
        }
    }

    fn equality(&self, negated: bool, left: &Val, right: &Val) -> Val {
        let result = equals(left, right);
        match result.as_bool() {
            Some(equal) => Val::bool(equal != negated).marked(result.marks),
            None => {
                let result = derived(result, &[left, right]);
                match self.scope.conditions().equality(left, right) {
                    Some(formula) => choice::condition(result, if negated { formula.negate() } else { formula }),
                    None => result,
                }
            }
        }
    }

    fn logic(&self, op: BinaryOp, left: &Val, right: &Val, span: Span) -> Eval<Val> {
        let (left, right) = (self.operand(left, &Type::Bool, span)?, self.operand(right, &Type::Bool, span)?);
        let marks = left.marks | right.marks;
        let result = match (left.as_bool(), right.as_bool()) {
            (Some(left), Some(right)) => Val::bool(if op == BinaryOp::And { left && right } else { left || right }),
            _ => {
                let unknown = derived(Val::unknown_not_null(Type::Bool), &[&left, &right]);
                let conditions = self.scope.conditions();
                let parts = [conditions.formula(&left), conditions.formula(&right)];
                let absorbing = Formula::Constant(op == BinaryOp::Or);
                if parts.iter().flatten().any(|part| *part == absorbing) {
                    choice::condition(unknown, absorbing)
                } else if let [Some(left), Some(right)] = parts {
                    let both = [left, right];
                    choice::condition(
                        unknown,
                        if op == BinaryOp::And { Formula::all(both) } else { Formula::any(both) },
                    )
                } else {
                    unknown
                }
            }
        };
        Ok(result.marked(marks))
    }

    fn arithmetic(&self, op: BinaryOp, left: &Val, right: &Val, span: Span) -> Eval<Val> {
        let (left, right) = (self.operand(left, &Type::Number, span)?, self.operand(right, &Type::Number, span)?);
        let marks = left.marks | right.marks;
        let (Some(a), Some(b)) = (left.as_number(), right.as_number()) else {
            return Ok(derived(Val::unknown_not_null(Type::Number), &[&left, &right]).marked(marks));
        };
        let result = match op {
            BinaryOp::Add => a.add(b),
            BinaryOp::Subtract => a.sub(b),
            BinaryOp::Multiply => a.mul(b),
            BinaryOp::Divide => a.div(b),
            _ => a.rem(b),
        };
        match result {
            Ok(number) => Ok(Val::number(number).marked(marks)),
            Err(error) => fault(span, error.to_string()),
        }
    }

    pub(super) fn conditional(&self, conditional: &Conditional, span: Span) -> Eval<Val> {
        let then = self.eval(&conditional.then);
        let otherwise = self.eval(&conditional.otherwise);
        if let Err(fault) = &then
            && fault.fatal
        {
            return then;
        }
        if let Err(fault) = &otherwise
            && fault.fatal
        {
            return otherwise;
        }
        let dynamic = |branch: &Eval<Val>| branch.as_ref().map_or_else(|_| Val::dynamic(), Clone::clone);
        let (then_value, otherwise_value) = (dynamic(&then), dynamic(&otherwise));
        let Some(common) = common_type(&then_value, &otherwise_value) else {
            return fault(span, "the two results of the conditional have no type in common");
        };
        let condition = self.eval(&conditional.condition)?;
        if condition.is_null() {
            return fault(conditional.condition.span, "the condition is null");
        }
        // The result has the marks of both branches, whichever it is.
        let marks = condition.deep_marks() | then_value.marks | otherwise_value.marks;
        if !condition.is_known() && (condition.is_dynamic() || condition.ty().is_primitive()) {
            let unknown = undecided(&then_value, &otherwise_value, &common).marked(marks);
            let unknown = derived(unknown, &[&condition]);
            return Ok(self.either(unknown, &condition, conditional, [then, otherwise], &common));
        }
        let condition = self.convert(&condition, &Type::Bool, conditional.condition.span)?;
        let (chosen, expr) = match condition.as_bool() {
            Some(true) => (then?, &conditional.then),
            Some(false) => (otherwise?, &conditional.otherwise),
            None => return Ok(Val::unknown(common.ty).marked(marks)),
        };
        let chosen = branch(&chosen, &common).or_else(|message| fault(expr.span, message))?;
        Ok(chosen.marked(marks))
    }

    /// Both branches of a conditional whose condition is not known, under that condition.
    fn either(
        &self,
        unknown: Val,
        condition: &Val,
        conditional: &Conditional,
        branches: [Eval<Val>; 2],
        common: &Common,
    ) -> Val {
        let formula =
            self.scope.conditions().formula(condition).unwrap_or_else(|| {
                self.scope.conditions().opaque(conditional.condition.span, &self.rounds(), condition)
            });
        let [then, otherwise] = branches.map(|result| {
            let value = match result {
                Ok(value) => branch(&value, common).map(|converted| converted.from_where(&value)),
                Err(fault) => Err(fault.message),
            };
            value.unwrap_or_else(|message| choice::impossible(&message))
        });
        choice::chosen(unknown, vec![(formula, then), (Formula::TRUE, otherwise)])
    }
}

/// The type that both branches convert to.
struct Common {
    ty: Type,
    /// The type is not known until the values are.
    dynamic: bool,
}

fn common_type(then: &Val, otherwise: &Val) -> Option<Common> {
    let untyped_null = |value: &Val| matches!(value.kind, Kind::Null(Type::Dynamic));
    let (a, b) = (then.ty(), otherwise.ty());
    if untyped_null(then) {
        return Some(Common { ty: b, dynamic: false });
    }
    if untyped_null(otherwise) {
        return Some(Common { ty: a, dynamic: false });
    }
    // What has no type yet converts to any; the result has none either.
    if a == Type::Dynamic || b == Type::Dynamic {
        return Some(Common { ty: Type::Dynamic, dynamic: false });
    }
    let unified = unify_unsafe(&[a, b])?;
    Some(Common { ty: unified.ty, dynamic: unified.dynamic })
}

fn branch(value: &Val, common: &Common) -> Result<Val, String> {
    if common.dynamic {
        return Ok(choice::standing_for(Val::dynamic(), value.clone()));
    }
    convert(value, &common.ty).map_err(|error| error.0)
}

/// What Terraform knows of a conditional whose condition is unknown.
fn undecided(then: &Val, otherwise: &Val, common: &Common) -> Val {
    if then.is_null() && otherwise.is_null() {
        return Val::null(common.ty.clone());
    }
    let (a, b) = (then.range(), otherwise.range());
    let mut result = Val::unknown(common.ty.clone());
    let same_collection = then.ty().is_collection() && then.ty() == otherwise.ty();
    if then.ty() == Type::Number && otherwise.ty() == Type::Number {
        result = bounded(&a, &b);
    } else if same_collection {
        result =
            result.refine_length(a.min_length.min(b.min_length), a.max_length.zip(b.max_length).map(|(a, b)| a.max(b)));
    }
    result = if a.not_null && b.not_null { result.refine_not_null() } else { result };
    result.marked(then.marks | otherwise.marks)
}

fn bounded(a: &Refinement, b: &Refinement) -> Val {
    let outer = |a: &Option<(Number, bool)>, b: &Option<(Number, bool)>, lower: bool| match (a, b) {
        (Some((a, with_a)), Some((b, with_b))) if a == b => Some((a.clone(), *with_a || *with_b)),
        (Some(a), Some(b)) => Some(if (a.0 < b.0) == lower { a.clone() } else { b.clone() }),
        _ => None,
    };
    let refinement =
        Refinement { min: outer(&a.min, &b.min, true), max: outer(&a.max, &b.max, false), ..Refinement::default() };
    Val::refined(Type::Number, refinement)
}

/// An order comparison; bounds decide where they can.
fn compare(op: BinaryOp, left: &Val, right: &Val) -> Val {
    let (a, b) = (left.range(), right.range());
    // Whether every possible value on one side is below (or also equal to) every one on the other.
    let below = |low: &Refinement, high: &Refinement, or_equal: bool| match (&low.max, &high.min) {
        (Some((max, with_max)), Some((min, with_min))) => {
            max < min || (max == min && (or_equal || !(*with_max && *with_min)))
        }
        _ => false,
    };
    let (certain, excluded) = match op {
        BinaryOp::Less => (below(&a, &b, false), below(&b, &a, true)),
        BinaryOp::LessOrEqual => (below(&a, &b, true), below(&b, &a, false)),
        BinaryOp::Greater => (below(&b, &a, false), below(&a, &b, true)),
        _ => (below(&b, &a, true), below(&a, &b, false)),
    };
    if certain || excluded {
        return Val::bool(certain);
    }
    match (left.as_number(), right.as_number()) {
        // Infinities have no bounds.
        (Some(a), Some(b)) => Val::bool(match op {
            BinaryOp::Less => a < b,
            BinaryOp::LessOrEqual => a <= b,
            BinaryOp::Greater => a > b,
            _ => a >= b,
        }),
        _ => derived(Val::unknown_not_null(Type::Bool), &[left, right]),
    }
}
