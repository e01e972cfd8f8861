import type { OpenApiDocument } from './document.ts'
import { compiled, openAjv, type Validate } from './judge.ts'
import { FOR_PARTS, translated } from './translate.ts'

/** Makes validators of schemas, by where in the document they stand (JSON Pointer). @throws Error for a schema that is none */
export type Schemas = (pointer: string) => Validate

const HERE = 'https://document.invalid/document'

/** Compiles the schemas of a document, for one direction. */
export function schemasOf(document: OpenApiDocument, direction: 'request' | 'response', closed: boolean): Schemas {
  const ajv = openAjv({ known: false })
  ajv.addSchema(translated(document, { direction, closed, forParts: false }), HERE)
  if (closed) ajv.addSchema(translated(document, { direction, closed, forParts: true }), FOR_PARTS)
  return (pointer) => compiled(ajv, `${HERE}#${encodeURI(pointer)}`)
}
