const LONGEST = 64

/** Names for routes, out of what a document calls its operations: each once. */
export function createIds(taken: Iterable<string>): (operationId: unknown, method: string, path: string) => string {
  const used = new Set(taken)
  return (operationId, method, path) => {
    const wanted =
      typeof operationId === 'string' && operationId !== '' ? operationId : `${method.toLowerCase()}${path}`
    const id = free(idOf(wanted), used)
    used.add(id)
    return id
  }
}

/** A text as a name: letters, digits, `.`, `_` and `-`, with a letter first. */
export function idOf(text: string): string {
  const plain = text.replaceAll(/[^A-Za-z0-9._-]+/g, '-').replaceAll(/^-+|-+$/g, '')
  const id = /^[A-Za-z]/.test(plain) ? plain : `o-${plain}`
  return id.slice(0, LONGEST)
}

function free(id: string, used: ReadonlySet<string>): string {
  if (!used.has(id)) return id
  for (let count = 2; ; count++) {
    const next = `${id.slice(0, LONGEST - String(count).length - 1)}-${count}`
    if (!used.has(next)) return next
  }
}
