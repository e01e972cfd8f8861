import { longOf } from './long.ts'
import { type Decimal, type Fault, fault } from './value.ts'

const FORM = /^(-?)(\d+)\.(\d{1,4})$/

/** A decimal of at most four digits after the point, within 64 bits of ten-thousandths. */
export function readDecimal(text: string): Decimal | Fault {
  const [, sign = '', whole = '', rest = ''] = FORM.exec(text) ?? []
  if (whole === '') return fault(`\`${text}\` is not a well-formed decimal value`)
  const units = BigInt(`${sign}${whole}${rest.padEnd(4, '0')}`)
  return longOf(units) === null ? fault(`\`${text}\` overflows a decimal`) : { kind: 'decimal', units }
}
