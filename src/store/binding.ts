/**
 * What reaches the database for a value of ours; the same on both dialects. A driver left alone would read a Date as
 * named parameters, store NaN as NULL, or write a boolean as the word `true`.
 *
 * Absent is NULL, booleans are 0 and 1, a Date is its milliseconds.
 *
 * @throws on a value that no column of ours holds
 */
export function toColumnValue(value: unknown): unknown {
  switch (typeof value) {
    case 'string':
      return storable(value)
    case 'number':
      return finite(value)
    case 'undefined':
      return null
    case 'boolean':
      return value ? 1 : 0
    case 'bigint':
      return inColumn(value)
    case 'object':
      return fromObject(value)
    default:
      throw new TypeError(`a ${typeof value} cannot be bound to a query`)
  }
}

// PostgreSQL refuses a null byte, and half a surrogate pair would come back as another character on both.
function storable(value: string): string {
  if (value.includes('\0') || !value.isWellFormed())
    throw new TypeError('the text holds characters that no column keeps')
  return value
}

function fromObject(value: object | null): unknown {
  if (value === null || value instanceof Uint8Array) return value
  if (value instanceof Date) return finite(value.getTime())
  throw new TypeError('an object cannot be bound to a query; store JSON as text')
}

function finite(value: number): number {
  if (!Number.isFinite(value)) throw new TypeError(`${value} cannot be bound to a query`)
  return value
}

function inColumn(value: bigint): bigint {
  if (value !== BigInt.asIntN(64, value)) throw new TypeError('an integer beyond 64 bits cannot be bound to a query')
  return value
}
