/** A whole number of 64 bits: a number where that is exact, a bigint beyond, so that equal longs are `===`. */
export type Long = number | bigint

const LEAST = -(2n ** 63n)
const MOST = 2n ** 63n - 1n

/** The long of a bigint, or null where it does not fit into 64 bits. */
export function longOf(value: bigint): Long | null {
  if (value < LEAST || value > MOST) return null
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value
}

export function isLong(value: unknown): value is Long {
  return typeof value === 'number' || typeof value === 'bigint'
}

/** The sum, or null where it overflows. */
export function add(left: Long, right: Long): Long | null {
  const sum = typeof left === 'number' && typeof right === 'number' ? left + right : Number.NaN
  return Number.isSafeInteger(sum) ? sum : longOf(BigInt(left) + BigInt(right))
}

export function subtract(left: Long, right: Long): Long | null {
  const rest = typeof left === 'number' && typeof right === 'number' ? left - right : Number.NaN
  return Number.isSafeInteger(rest) ? rest : longOf(BigInt(left) - BigInt(right))
}

export function multiply(left: Long, right: Long): Long | null {
  const product = typeof left === 'number' && typeof right === 'number' ? left * right : Number.NaN
  // -0 is no long, and would not be === 0 inside a key.
  return Number.isSafeInteger(product) ? product + 0 : longOf(BigInt(left) * BigInt(right))
}

/** The quotient towards zero. */
export function divide(left: Long, right: bigint): Long | null {
  return longOf(BigInt(left) / right)
}
