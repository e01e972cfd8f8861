import type { Problem } from '../../core/index.ts'
import { type BodyRule, type RuledBody, rulingOn } from '../body-rule.ts'
import { readContentType } from './content-type.ts'
import { partsOf } from './multipart.ts'
import { refuseShape } from './problems.ts'
import { isOfType } from './sniff.ts'

export type UploadBounds = {
  /** Types of files, which their bytes must be of as well. */
  readonly types: readonly string[]
  /** Bytes of a body that brings files. */
  readonly maxBytes: number
  /** Bytes of any other body. */
  readonly otherwise: number
}

const FORM = 'multipart/form-data'

/**
 * Takes files whose bytes are of the type that they say, and that the route lists: alone, or as parts of a form.
 *
 * Errors: `UPLOAD_REFUSED`, `REQUEST_BODY_TOO_LARGE`.
 */
export function uploadRule(bounds: UploadBounds): BodyRule {
  return Object.freeze({
    name: 'uploads',
    judge: (_, body) => rulingOn(body, body.bytes.length === 0 ? null : uploadProblem(body, bounds)),
  } satisfies BodyRule)
}

function uploadProblem({ type, bytes }: Pick<RuledBody, 'type' | 'bytes'>, bounds: UploadBounds): Problem | null {
  const read = readContentType(type)
  const isForm = read?.essence === FORM
  const isUpload = isForm || (read !== null && bounds.types.includes(read.essence))
  const most = isUpload ? bounds.maxBytes : bounds.otherwise
  if (bytes.length > most) return refuseShape('REQUEST_BODY_TOO_LARGE', { reason: `${bytes.length} of ${most} bytes` })
  if (isForm) return formProblem(bytes, read.parameters.get('boundary') ?? '', bounds.types)
  return isUpload ? fileProblem(bytes, read?.essence ?? '', bounds.types, '') : null
}

function formProblem(bytes: Buffer, boundary: string, types: readonly string[]): Problem | null {
  const parts = partsOf(bytes, boundary)
  if (typeof parts === 'string') return refuseShape('UPLOAD_REFUSED', { reason: parts })
  for (const { name, filename, type, bytes: content } of parts) {
    if (filename === null && type === null) continue
    const said = readContentType(type ?? 'text/plain')?.essence ?? ''
    // What a browser sends for a field of files in which none was chosen.
    if (filename === '' && content.length === 0) continue
    const problem = fileProblem(content, said, types, name)
    if (problem !== null) return problem
  }
  return null
}

function fileProblem(bytes: Buffer, said: string, types: readonly string[], path: string): Problem | null {
  if (!types.includes(said)) return refusal(path, 'has a type that is not taken')
  return isOfType(bytes, said) ? null : refusal(path, 'is not of the type that it says')
}

function refusal(path: string, message: string): Problem {
  const shown = path.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, 64)
  return refuseShape('UPLOAD_REFUSED', { errors: [{ path: shown, message }], reason: `${shown} ${message}`.trim() })
}
