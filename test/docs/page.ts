import { readFileSync } from 'node:fs'

/** One fenced block of a page, with what its comment says about running it. */
export type Block = {
  readonly page: string
  readonly line: number
  readonly language: string
  readonly text: string
  readonly exit: number
  readonly keepsRunning: string | null
  readonly stopFirst: boolean
  readonly file: string | null
  readonly needs: readonly string[]
  readonly notRun: string | null
  /** The next block when it shows what this one answers. */
  readonly answer: Block | null
}

const FENCE = /^( *)```([a-z]*)$/
const COMMENT = /^ *<!-- (.*) -->$/
const ANSWERS = ['text', 'json', 'http']

/** Takes the fenced blocks out of a page, in order. @throws for a comment that means nothing */
export function readPage(page: string, path: string): readonly Block[] {
  const found = fences(readFileSync(path, 'utf8').split('\n'))
  const blocks: Block[] = []
  for (const [i, fence] of found.entries()) {
    const next = found[i + 1]
    const asks = fence.language === 'sh' || fence.language === 'yaml'
    const answer = asks && next !== undefined && ANSWERS.includes(next.language) ? blockOf(page, next, null) : null
    blocks.push(blockOf(page, fence, answer))
  }
  // An answer is looked at together with what it answers.
  const answers = new Set(blocks.map(({ answer }) => answer?.line))
  return blocks.filter(({ line }) => !answers.has(line))
}

type Fence = { readonly line: number; readonly language: string; readonly text: string; readonly comments: string[] }

function fences(lines: readonly string[]): Fence[] {
  const found: Fence[] = []
  for (let i = 0; i < lines.length; i++) {
    const [, indent = '', language = ''] = FENCE.exec(lines[i] ?? '') ?? []
    if (!FENCE.test(lines[i] ?? '')) continue
    const end = lines.indexOf(`${indent}\`\`\``, i + 1)
    const body = lines.slice(i + 1, end).map((line) => line.slice(indent.length))
    found.push({ line: i + 1, language, text: body.join('\n'), comments: commentsAbove(lines, i) })
    i = end
  }
  return found
}

function commentsAbove(lines: readonly string[], fence: number): string[] {
  const comments: string[] = []
  for (let i = fence - 1; i >= 0; i--) {
    const comment = COMMENT.exec(lines[i] ?? '')?.[1]
    if (comment === undefined) break
    comments.unshift(...comment.split('; '))
  }
  return comments
}

function blockOf(page: string, { line, language, text, comments }: Fence, answer: Block | null): Block {
  const said = (name: string) => comments.find((one) => one.startsWith(name))?.slice(name.length) ?? null
  for (const comment of comments) {
    if (/^(exit \d|keeps running: .|stop first$|file: .|needs: .|not run: .)/.test(comment)) continue
    throw new Error(`${page}:${line}: the comment "${comment}" means nothing to this test`)
  }
  return Object.freeze({
    page,
    line,
    language,
    text,
    exit: Number(said('exit ') ?? 0),
    keepsRunning: said('keeps running: '),
    stopFirst: said('stop first') !== null,
    file: said('file: '),
    needs: said('needs: ')?.split(', ') ?? [],
    notRun: said('not run: '),
    answer,
  })
}
