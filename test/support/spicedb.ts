import type { Expression, ModelDocument } from '../../src/access/index.ts'

/** A schema of SpiceDB as one of our models, or why it cannot be one. */
export function modelFromSpiceDb(text: string): { readonly model: ModelDocument } | { readonly unsupported: string } {
  const schema = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/\/\/.*$/gm, '')
  if (/\bcaveat\b/.test(schema)) return { unsupported: 'caveats' }
  if (/\.(all)\(/.test(schema)) return { unsupported: 'intersection arrows, .all()' }
  if (/\b(import|partial)\b/.test(schema)) return { unsupported: 'schemas in several files' }
  const types: Record<string, { relations: Record<string, Expression> }> = {}
  for (const [, type = '', body = ''] of schema.matchAll(/definition\s+(\S+)\s*\{([^}]*)\}/g)) {
    types[type] = { relations: relationsOf(body) }
  }
  return { model: { types } }
}

function relationsOf(body: string): Record<string, Expression> {
  const relations: Record<string, Expression> = {}
  const lines = body.matchAll(
    /(relation|permission)\s+(\w+)\s*[:=]\s*([\s\S]*?)(?=\s(?:relation|permission)\s+\w+\s*[:=]|$)/g,
  )
  for (const [, kind, name = '', rule = ''] of lines) {
    relations[name] = kind === 'relation' ? { direct: subjectsOf(rule) } : permissionOf(rule)
  }
  return relations
}

function subjectsOf(rule: string): string[] {
  const texts = rule.split('|').map((it) => it.replace(/\bwith\b.*$/s, '').trim())
  return [...new Set(texts.map((it) => it.replace(/#\.\.\.$/, '')))]
}

// What binds least first.
const OPERATORS = ['-', '&', '+'] as const

function permissionOf(rule: string): Expression {
  const tokens = rule.match(/\w+(?:->\w+|\.any\(\w+\))?|[-+&()]/g) ?? []
  const read = readLevel(tokens, 0)
  if (tokens.length > 0) throw new Error(`not understood: ${rule}`)
  return read
}

function readLevel(tokens: string[], level: number): Expression {
  const operator = OPERATORS[level]
  if (operator === undefined) return readTerm(tokens)
  let left = readLevel(tokens, level + 1)
  while (tokens[0] === operator) {
    tokens.shift()
    const right = readLevel(tokens, level + 1)
    if (operator === '-') left = { base: left, except: right }
    else left = operator === '&' ? { allOf: [left, right] } : { anyOf: [left, right] }
  }
  return left
}

function readTerm(tokens: string[]): Expression {
  const token = tokens.shift() ?? ''
  if (token === '(') {
    const inside = readLevel(tokens, 0)
    tokens.shift()
    return inside
  }
  if (token === 'nil') return { direct: [] }
  const [, from, relation] = /^(\w+)(?:->|\.any\()(\w+)\)?$/.exec(token) ?? []
  return from === undefined || relation === undefined ? { relation: token } : { relation, from }
}

/** `document:1#viewer@group:eng#member` with what follows in brackets. */
export type SpiceTuple = {
  readonly object: string
  readonly relation: string
  readonly subject: string
  /** Milliseconds since the epoch. */
  readonly expiresAt: number | null
}

export function tupleFromSpiceDb(text: string): SpiceTuple {
  const [, object = '', relation = '', subject = '', more = ''] = /^(.+?)#(\w+)@([^[\s]+)(.*)$/.exec(text.trim()) ?? []
  const [, expiration] = /\[expiration:([^\]]+)\]/.exec(more) ?? []
  return {
    object,
    relation,
    subject: subject.replace(/#\.\.\.$/, ''),
    expiresAt: expiration === undefined ? null : Date.parse(expiration),
  }
}
