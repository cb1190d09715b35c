//! Operators on numbers, as far as languages agree on them.

use hub_syntax::ir::BinaryOp;
use std::cmp::Ordering;

/// What an operator makes of two numbers; none for an operator that is none of numbers, or of which languages disagree (`%`).
#[must_use]
pub fn calculate(op: BinaryOp, a: f64, b: f64) -> Option<f64> {
    let int = |n: f64| n as i64 as i32;
    Some(match op {
        BinaryOp::Add => a + b,
        BinaryOp::Sub => a - b,
        BinaryOp::Mul => a * b,
        BinaryOp::Div => a / b,
        BinaryOp::FloorDiv => (a / b).floor(),
        BinaryOp::Pow => a.powf(b),
        BinaryOp::BitAnd => f64::from(int(a) & int(b)),
        BinaryOp::BitOr => f64::from(int(a) | int(b)),
        BinaryOp::BitXor => f64::from(int(a) ^ int(b)),
        BinaryOp::Shl => f64::from(int(a).wrapping_shl(int(b) as u32)),
        BinaryOp::Shr => f64::from(int(a).wrapping_shr(int(b) as u32)),
        _ => return None,
    })
}

/// Whether a comparison holds between two values in this order; none for an operator that does not compare.
#[must_use]
pub fn compare(op: BinaryOp, order: Ordering) -> Option<bool> {
    Some(match op {
        BinaryOp::Lt => order.is_lt(),
        BinaryOp::Le => order.is_le(),
        BinaryOp::Gt => order.is_gt(),
        BinaryOp::Ge => order.is_ge(),
        _ => return None,
    })
}
