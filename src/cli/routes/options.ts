import type { Kind, PlanSettings } from '../../inventory/index.ts'
import { type Command, type Invocation, listOption, textOption } from '../command.ts'
import { UsageError } from '../usage.ts'

export const importOptions: Pick<Command, 'options' | 'help'> = {
  options: {
    upstream: { type: 'string' },
    out: { type: 'string' },
    write: { type: 'boolean' },
    base: { type: 'string' },
    name: { type: 'string' },
    security: { type: 'string', multiple: true },
    authenticate: { type: 'string' },
    'public-where-declared': { type: 'boolean' },
    limit: { type: 'string' },
  },
  help: {
    upstream: 'NAME=URL of the API behind the routes',
    out: 'a new file for the configuration (stdout)',
    write: 'add to the configuration file that is in force',
    base: 'what stands before the paths (as the first server of the document says); / for nothing',
    name: 'what the document is called in gateway.documents (by the name of the file)',
    security: 'SCHEME=KIND,… what credential a scheme of the document is; may be repeated',
    authenticate: 'KIND,… what is taken where the document says nothing of credentials',
    'public-where-declared': 'let everybody call what the document declares open: `security: []`',
    limit: 'N/WINDOW for each caller and route (600/minute)',
  },
}

type Read = Omit<PlanSettings, 'document' | 'taken' | 'today'> & { readonly address: string }

/** What options say of an import. `base` is that of the document, where none was said. */
export function settingsOf(
  it: Invocation,
  { base, kinds }: { readonly base: string | null; readonly kinds: readonly Kind[] },
): Read {
  const [upstream, address] = pairOf(textOption(it, 'upstream') ?? '', '--upstream takes NAME=URL')
  const chosen = listOption(it, 'security').map((text) => {
    const [scheme, list] = pairOf(text, '--security takes SCHEME=KIND,…')
    return [scheme, kindsOf(list, kinds, '--security')] as const
  })
  const authenticate = textOption(it, 'authenticate')
  return {
    upstream,
    address,
    base: textOption(it, 'base') === undefined ? base : plainBase(textOption(it, 'base') as string),
    schemes: new Map(chosen),
    authenticate: authenticate === undefined ? [] : kindsOf(authenticate, kinds, '--authenticate'),
    publicWhereDeclared: it.options['public-where-declared'] === true,
    limit: limitOf(textOption(it, 'limit') ?? '600/minute'),
  }
}

function pairOf(text: string, otherwise: string): [string, string] {
  const at = text.indexOf('=')
  if (at < 1 || at === text.length - 1) throw new UsageError(otherwise)
  return [text.slice(0, at), text.slice(at + 1)]
}

function kindsOf(text: string, kinds: readonly Kind[], option: string): readonly Kind[] {
  return text.split(',').map((word) => {
    const kind = kinds.find((known) => known === word)
    if (kind === undefined && kinds.length > 0)
      throw new UsageError(`${option} takes ${kinds.join(', ')}, not "${word}"`)
    return kind ?? 'apiKey'
  })
}

function plainBase(text: string): string | null {
  if (text === '/') return null
  if (!/^(\/[A-Za-z0-9._~-]+)+$/.test(text)) throw new UsageError('--base takes whole plain parts such as /v1, or /')
  return text
}

function limitOf(text: string): { max: number; per: string } {
  const [, max, per] = /^([1-9]\d{0,8})\/([a-z0-9]+)$/.exec(text) ?? []
  if (max === undefined || per === undefined) throw new UsageError('--limit takes N/WINDOW such as 600/minute')
  return { max: Number(max), per }
}
