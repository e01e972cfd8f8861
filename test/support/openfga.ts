import type { Expression, ModelDocument } from '../../src/access/index.ts'

/** A model in OpenFGA's language as one of ours, or why it cannot be one. */
export function modelFromOpenFga(text: string): { readonly model: ModelDocument } | { readonly unsupported: string } {
  if (/\bcondition\b|\bwith\b/.test(withoutComments(text))) return { unsupported: 'conditions on tuples' }
  const types: Record<string, { relations: Record<string, Expression> }> = {}
  let current: Record<string, Expression> = {}
  for (const line of withoutComments(text).split('\n')) {
    const [, type] = /^\s*(?:extend )?type (\S+)/.exec(line) ?? []
    if (type !== undefined) {
      // A module extends what another one declared.
      current = types[type]?.relations ?? {}
      types[type] = { relations: current }
    }
    const [, name, rule] = /^\s*define ([^:]+):(.*)$/.exec(line) ?? []
    if (name !== undefined && rule !== undefined) current[name.trim()] = expressionOf(rule)
  }
  return { model: { types } }
}

function withoutComments(text: string): string {
  return text.replace(/(^|\s)#.*$/gm, '')
}

function expressionOf(rule: string): Expression {
  const tokens = rule.match(/\[[^\]]*\]|[()]|[^\s()[\]]+/g) ?? []
  const read = readExpression(tokens)
  if (tokens.length > 0) throw new Error(`not understood: ${rule}`)
  return read
}

function readExpression(tokens: string[]): Expression {
  let left = readTerm(tokens)
  for (;;) {
    const word = tokens[0]
    if (word !== 'or' && word !== 'and' && word !== 'but') return left
    tokens.splice(0, word === 'but' ? 2 : 1)
    const right = readTerm(tokens)
    if (word === 'but') left = { base: left, except: right }
    else left = word === 'or' ? { anyOf: [left, right] } : { allOf: [left, right] }
  }
}

function readTerm(tokens: string[]): Expression {
  const token = tokens.shift() ?? ''
  if (token === '(') {
    const inside = readExpression(tokens)
    tokens.shift()
    return inside
  }
  if (token.startsWith('['))
    return {
      direct: token
        .slice(1, -1)
        .split(',')
        .map((it) => it.trim()),
    }
  if (tokens[0] !== 'from') return { relation: token }
  const [, from = ''] = tokens.splice(0, 2)
  return { relation: token, from }
}
