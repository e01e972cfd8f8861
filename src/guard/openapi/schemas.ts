import type { OpenApiDocument } from './document.ts'
import { compiled, openAjv, type Validate } from './judge.ts'
import { FOR_PARTS, translated } from './translate.ts'

/** Makes validators of schemas, by where in the document they stand (JSON Pointer). @throws Error for a schema that is none */
export type Schemas = (pointer: string) => Validate

const HERE = 'https://document.invalid/document'

const known = new WeakMap<OpenApiDocument, Map<string, Schemas>>()

/** Compiles the schemas of a document, for one direction. Routes that share a document share what is made of it. */
export function schemasOf(document: OpenApiDocument, direction: 'request' | 'response', closed: boolean): Schemas {
  const ofDocument = known.get(document) ?? new Map<string, Schemas>()
  known.set(document, ofDocument)
  const made = ofDocument.get(`${direction} ${closed}`) ?? makeSchemas(document, direction, closed)
  ofDocument.set(`${direction} ${closed}`, made)
  return made
}

function makeSchemas(document: OpenApiDocument, direction: 'request' | 'response', closed: boolean): Schemas {
  const ajv = openAjv({ known: false })
  ajv.addSchema(translated(document, { direction, closed, forParts: false }), HERE)
  if (closed) ajv.addSchema(translated(document, { direction, closed, forParts: true }), FOR_PARTS)
  return (pointer) => compiled(ajv, `${HERE}#${encodeURI(pointer)}`)
}
