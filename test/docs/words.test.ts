import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { allEvents, allProblems } from '../../src/server/index.ts'
import { PAGES, ROOT } from './read.ts'

const textOf = (page: string): string => readFileSync(join(ROOT, page), 'utf8')
const eventTypes = allEvents.flatMap((table) => Object.keys(table))
const nouns = new Set(eventTypes.map((type) => type.split('.')[0]))

/** Words in capitals that are no codes of problems. */
const OTHER_CAPITALS = /^(SALLYPORT_.*|VALID|[A-Z]+_[A-Z]+=.*)$/

function wordsIn(page: string, pattern: RegExp): string[] {
  return [...new Set([...textOf(page).matchAll(pattern)].map((match) => match[1] ?? ''))]
}

describe('the words of the documents', () => {
  it('explain every code that can be answered', () => {
    const explained = wordsIn('docs/problems.md', /^\| `([A-Z_]+)` \|/gm)
    expect(explained.sort()).toEqual(Object.keys(allProblems).sort())
  })

  it('explain every event that can be told', () => {
    const explained = wordsIn('docs/events.md', /^\| `([a-z_]+\.[a-z_]+)` \|/gm)
    expect(explained.sort()).toEqual([...eventTypes].sort())
  })

  it.each(PAGES)('name no code and no event that does not exist: %s', (page) => {
    const codes = wordsIn(page, /`([A-Z]+(?:_[A-Z]+)+)`/g).filter((word) => !OTHER_CAPITALS.test(word))
    expect(codes.filter((code) => !(code in allProblems))).toEqual([])
    const events = wordsIn(page, /`([a-z_]+\.[a-z_]+)`/g).filter((word) => nouns.has(word.split('.')[0]))
    expect(events.filter((type) => !eventTypes.includes(type) && !isSetting(type))).toEqual([])
  })

  it.each(PAGES)('lead somewhere: %s', (page) => {
    const links = wordsIn(page, /\]\((?!https?:|mailto:)([^)\s]+)\)/g)
    const broken = links.filter((link) => !leadsSomewhere(page, link))
    expect(broken).toEqual([])
  })
})

// `audit.queue` is a setting, `audit.dropped` an event.
function isSetting(word: string): boolean {
  return textOf('docs/configuration.md').includes(`| \`${word}`)
}

function leadsSomewhere(page: string, link: string): boolean {
  const [path = '', anchor] = link.split('#')
  const file = path === '' ? page : join(dirname(page), path)
  if (!existsSync(join(ROOT, file))) return false
  return anchor === undefined || anchorsOf(file).includes(anchor)
}

function anchorsOf(file: string): string[] {
  return [...textOf(file).matchAll(/^#+ (.*)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  )
}
