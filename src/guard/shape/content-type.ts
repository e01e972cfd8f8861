import type { Exchange, Finding, Problem, Request, Step } from '../../core/index.ts'
import { refuseShape } from './problems.ts'

/** A Content-Type, read (RFC 9110, section 8.3). */
export type ContentType = {
  /** Type and subtype in lower case, such as `application/json`. */
  readonly essence: string
  /** Parameters by their names in lower case. */
  readonly parameters: ReadonlyMap<string, string>
}

const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+"
const ESSENCE = new RegExp(`^[ \\t]*(${TOKEN}/${TOKEN})[ \\t]*(?:;|$)`)
const PARAMETER = new RegExp(`[ \\t]*(${TOKEN})=(?:(${TOKEN})|"([^"\\\\]{0,256})")[ \\t]*(?:;|$)`, 'y')
const LONGEST = 512

/** Reads a Content-Type. Null for what is none, or says something twice. */
export function readContentType(header: string | undefined): ContentType | null {
  if (header === undefined || header.length > LONGEST) return null
  const known = seen.get(header)
  if (known !== undefined) return known
  const read = parse(header)
  // Few headers come from many callers; what a stranger makes up is not kept beyond that.
  if (seen.size < 256) seen.set(header, read)
  return read
}

const seen = new Map<string, ContentType | null>()

function parse(header: string): ContentType | null {
  const found = ESSENCE.exec(header)
  if (found === null) return null
  const parameters = new Map<string, string>()
  PARAMETER.lastIndex = found[0].length
  while (PARAMETER.lastIndex < header.length) {
    const next = PARAMETER.exec(header)
    if (next === null || next[1] === undefined) return null
    const name = next[1].toLowerCase()
    if (parameters.has(name)) return null
    parameters.set(name, next[2] ?? next[3] ?? '')
  }
  return { essence: (found[1] as string).toLowerCase(), parameters }
}

/** JSON and what is built on it (RFC 6839, section 3.1). */
export function isJsonType(type: ContentType | null): boolean {
  return type !== null && /^(application|text)\/json$|\+json$/.test(type.essence)
}

/** Whether text of this type is in UTF-8, as all text is that is looked into. */
export function isUtf8Type({ parameters }: ContentType): boolean {
  return /^(utf-8|us-ascii)$/i.test(parameters.get('charset') ?? 'utf-8')
}

/** Whether anything follows the head of a request. */
export function bringsBody({ header }: Pick<Request, 'header'>): boolean {
  return header('transfer-encoding') !== undefined || (header('content-length') ?? '0') !== '0'
}

/**
 * Takes bodies of these types alone.
 *
 * Errors: `BODY_TYPE_REFUSED`.
 *
 * @param accepts types such as `application/json`, `image/*`; `json` for JSON and all that is built on it
 */
export function contentTypeStep(accepts: readonly string[]): Step {
  const isTaken = typeMatcher(accepts)
  return Object.freeze({
    name: 'content type',
    stage: 'input',
    apply: ({ request }: Exchange): Finding => {
      if (!bringsBody(request)) return undefined
      const problem = typeProblem(request.header('content-type'), isTaken)
      return problem === null ? undefined : { is: 'deny', problem }
    },
  })
}

/** Why a body of this type is not taken, or null. */
export function typeProblem(header: string | undefined, isTaken: (type: ContentType) => boolean): Problem | null {
  const type = readContentType(header)
  if (type !== null && isTaken(type) && (!isJsonType(type) || isUtf8Type(type))) return null
  return refuseShape('BODY_TYPE_REFUSED', { reason: header?.slice(0, 128) ?? 'no Content-Type' })
}

/** Whether a type is among these. */
export function typeMatcher(accepts: readonly string[]): (type: ContentType) => boolean {
  const whole = new Set(
    accepts.filter((type) => !type.endsWith('/*') || type === '*/*').map((type) => type.toLowerCase()),
  )
  const families = accepts.filter((type) => type.endsWith('/*')).map((type) => type.slice(0, -1).toLowerCase())
  return (type) =>
    whole.has(type.essence) ||
    whole.has('*/*') ||
    families.some((family) => type.essence.startsWith(family)) ||
    (whole.has('json') && isJsonType(type))
}
