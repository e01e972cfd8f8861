import { MARK, redactText } from './redact-text.ts'
import { isSecretName, WRITTEN_NAMES } from './secret-names.ts'

const DEEPEST = 8
const MOST_VALUES = 2000
const CUT = '[cut]'
const CIRCULAR = '[circular]'

/** The names of secrets as paths, two levels deep, for loggers that redact by path. */
export const redactionPaths: readonly string[] = Object.freeze(
  WRITTEN_NAMES.flatMap((name) => ['', '*', 'headers', 'req.headers', 'res.headers'].map((at) => pathOf(at, name))),
)

/**
 * A copy of a value without secrets: what a secret name holds is gone, texts are searched for secrets by their form.
 * Errors become plain objects; a value too deep, too large or circular is cut. Doing it twice changes nothing more.
 *
 * @example redact({ user: 'ann', password: 'x' }) // { user: 'ann', password: '[redacted]' }
 */
export function redact(value: unknown): unknown {
  return copy(value, { left: MOST_VALUES, above: [] })
}

/** What a pino logger needs so that nothing it writes holds a secret. Spread it into the logger's options. */
export const logRedaction = Object.freeze({
  redact: { paths: [...redactionPaths], censor: MARK },
  formatters: {
    bindings: (bindings: Record<string, unknown>) => redact(bindings) as Record<string, unknown>,
    log: (entry: Record<string, unknown>) => redact(entry) as Record<string, unknown>,
  },
  // The formatter made plain objects of errors already.
  serializers: { err: redact },
  hooks: { logMethod },
})

// Texts never reach the formatters, and of an error pino takes the message before they do.
function logMethod<T>(this: T, args: unknown[], method: (this: T, ...args: never[]) => void): void {
  const clean = args.map((part) => (part instanceof Error ? { err: redact(part) } : redact(part)))
  method.apply(this, clean as never[])
}

type Trace = { left: number; readonly above: readonly object[] }

function copy(value: unknown, trace: Trace): unknown {
  trace.left -= 1
  if (trace.left < 0) return CUT
  switch (typeof value) {
    case 'string':
      return redactText(value)
    case 'object':
      return value === null ? null : copyObject(value, trace)
    case 'bigint':
    case 'symbol':
      return String(value)
    case 'function':
      return undefined
    default:
      return value
  }
}

function copyObject(value: object, trace: Trace): unknown {
  if (trace.above.includes(value)) return CIRCULAR
  if (trace.above.length >= DEEPEST) return CUT
  const plain = toPlain(value)
  if (typeof plain !== 'object' || plain === null) return copy(plain, trace)
  const inside = { left: trace.left, above: [...trace.above, value] }
  const out = Array.isArray(plain) ? copyList(plain, inside) : copyFields(plain, inside)
  trace.left = inside.left
  return out
}

function copyList(list: readonly unknown[], trace: Trace): unknown[] {
  const out: unknown[] = []
  for (const item of list) {
    if (trace.left <= 0) return [...out, CUT]
    out.push(copy(item, trace))
  }
  return out
}

function copyFields(fields: object, trace: Trace): Record<string, unknown> {
  const out: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(fields)) {
    if (trace.left <= 0) return { ...out, [CUT]: true }
    const clean = isSecretName(name) && value !== null && value !== undefined ? MARK : copy(value, trace)
    Object.defineProperty(out, redactText(name), { value: clean, enumerable: true, writable: true, configurable: true })
  }
  return out
}

// Whatever has a JSON form of its own is taken at its word: a Secret says "[secret]", a Date its time.
function toPlain(value: object): unknown {
  if (Array.isArray(value)) return value
  if (value instanceof Error) return fromError(value)
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`
  if (value instanceof Map) return [...value.entries()]
  if (value instanceof Set) return [...value]
  if ('toJSON' in value && typeof value.toJSON === 'function') return value.toJSON()
  return value
}

function fromError(error: Error): object {
  const { name, message, stack, cause } = error
  const rest = Object.fromEntries(Object.entries(error))
  return {
    ...rest,
    type: name,
    message,
    ...(stack === undefined ? {} : { stack }),
    ...(cause === undefined ? {} : { cause }),
  }
}

function pathOf(at: string, name: string): string {
  const step = /^[A-Za-z_]\w*$/.test(name) ? `.${name}` : `["${name}"]`
  return at === '' ? step.replace(/^\./, '') : at + step
}
