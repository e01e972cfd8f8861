import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { checkDirections } from './check-directions.ts'

const clean = {
  'src/core/index.ts': `export { now } from './clock.ts'\nexport type { Id } from './id.ts'\n`,
  'src/core/clock.ts': `export const now = 1\n`,
  'src/core/id.ts': `export type Id = string\n`,
  'src/config/index.ts': `export const config = 1\nexport type Config = number\n`,
  'src/store/index.ts': `export { open } from './open.ts'\n`,
  'src/store/open.ts': `import { now } from '../core/index.ts'\nexport const open = now\n`,
  'src/store/testing.ts': `export { open } from './index.ts'\n`,
  'src/access/index.ts': `export const access = 1\n`,
  'src/keys/index.ts': `import { open } from '../store/index.ts'\nexport const keys = open\n`,
}

/** The findings in a tree of these files. */
function findings(files: Record<string, string>): readonly string[] {
  const root = mkdtempSync(join(tmpdir(), 'sallyport-directions-'))
  try {
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, file)), { recursive: true })
      writeFileSync(join(root, file), text)
    }
    return checkDirections(root).findings
  } finally {
    rmSync(root, { recursive: true })
  }
}

const planted = (file: string, text: string): readonly string[] => findings({ ...clean, [file]: text })

it('a tree whose imports all point downwards passes', () => {
  expect(findings(clean)).toEqual([])
})

it('an upward import is named with its line, its target and what the module may import', () => {
  expect(planted('src/store/up.ts', `import '../core/index.ts'\n\nimport { keys } from '../keys/index.ts'\n`)).toEqual([
    'src/store/up.ts:3 imports src/keys/index.ts: store may import config, core, not keys',
  ])
})

it.each([
  ['a type-only import', `import type { Keys } from '../keys/index.ts'`],
  ['an export of somebody else’s', `export { keys } from '../keys/index.ts'`],
  ['an import at run time', `export const later = () => import('../keys/index.ts')`],
  ['a type written as an import', `export type Keys = import('../keys/index.ts').Keys`],
  ['an import for its effect', `import '../keys/index.ts'`],
  ['a compiled file’s name', `import { keys } from '../keys/index.js'`],
])('%s obeys the direction too', (_what, text) => {
  expect(planted('src/store/up.ts', text)).toEqual([
    'src/store/up.ts:1 imports src/keys/index.ts: store may import config, core, not keys',
  ])
})

it('modules of one row do not import each other', () => {
  expect(planted('src/limits/index.ts', `import { access } from '../access/index.ts'\n`)).toEqual([
    'src/limits/index.ts:1 imports src/access/index.ts: limits may import audit, secrets, store, config, http, core, not access',
  ])
})

it('the gateway knows the types of the configuration and nothing else of it', () => {
  expect(planted('src/gateway/index.ts', `import type { Config } from '../config/index.ts'\n`)).toEqual([])
  expect(planted('src/gateway/index.ts', `import { config } from '../config/index.ts'\n`)).toEqual([
    'src/gateway/index.ts:1 imports src/config/index.ts: gateway may import pipeline, types of config, core, not config',
  ])
})

it('a path deeper than a module’s index is refused', () => {
  expect(planted('src/keys/deep.ts', `import { open } from '../store/open.ts'\n`)).toEqual([
    'src/keys/deep.ts:1 imports src/store/open.ts: store is entered through src/store/index.ts alone',
  ])
})

it('tests enter a module through its testing.ts too, but no deeper', () => {
  expect(planted('src/keys/verify.test.ts', `import { open } from '../store/testing.ts'\n`)).toEqual([])
  expect(planted('test/e2e/start.test.ts', `import { open } from '../../src/store/testing.ts'\n`)).toEqual([])
  expect(planted('test/e2e/start.test.ts', `import { open } from '../../src/store/open.ts'\n`)).toHaveLength(1)
})

it('tests use what test/support has, and nothing else does', () => {
  const support = { ...clean, 'test/support/backends.ts': 'export const backends = []\n' }
  const text = `import { backends } from '../../test/support/backends.ts'\n`
  expect(findings({ ...support, 'src/keys/verify.test.ts': text })).toEqual([])
  expect(findings({ ...support, 'src/keys/testing.ts': text })).toEqual([])
  expect(findings({ ...support, 'src/keys/verify.ts': text })).toEqual([
    'src/keys/verify.ts:1 imports test/support/backends.ts: only tests import tests and testing.ts',
  ])
})

it('testing.ts is for tests alone, in its own module as well', () => {
  expect(planted('src/store/write.ts', `import { open } from './testing.ts'\n`)).toEqual([
    'src/store/write.ts:1 imports src/store/testing.ts: only tests import tests and testing.ts',
  ])
  const suite = { 'src/store/testing/suite.ts': `export const suite = 1\n` }
  const text = `import { suite } from './testing/suite.ts'\n`
  expect(findings({ ...clean, ...suite, 'src/store/testing.ts': text })).toEqual([])
  expect(findings({ ...clean, ...suite, 'src/store/write.ts': text })).toHaveLength(1)
})

it('a file does not import its own module’s index; its tests do', () => {
  expect(planted('src/store/write.ts', `import type { open } from './index.ts'\n`)).toEqual([
    'src/store/write.ts:1 imports src/store/index.ts: store does not import its own index; import the file that has it',
  ])
  expect(planted('src/store/write.test.ts', `import { open } from './index.ts'\n`)).toEqual([])
})

it('files that wait for each other are named in their order', () => {
  const loop = {
    'src/core/a.ts': `import { b } from './b.ts'\nexport const a = b\n`,
    'src/core/b.ts': `import { c } from './c.ts'\nexport const b = c\n`,
    'src/core/c.ts': `import { a } from './a.ts'\nexport const c = a\n`,
  }
  expect(findings({ ...clean, ...loop })).toEqual([
    'src/core/a.ts:1 imports src/core/b.ts: they wait for each other: src/core/a.ts → src/core/b.ts → src/core/c.ts → src/core/a.ts',
  ])
})

it('an import whose names are all types still waits for the file', () => {
  const loop = {
    'src/core/a.ts': `import { type B } from './b.ts'\nexport type A = B\n`,
    'src/core/b.ts': `import { type A } from './a.ts'\nexport type B = A\n`,
  }
  expect(findings({ ...clean, ...loop })).toHaveLength(1)
})

it('files may need each other’s types, or each other at run time', () => {
  const knot = {
    'src/core/a.ts': `import { b } from './b.ts'\nexport const a = b\nexport type A = number\n`,
    'src/core/b.ts': `import type { A } from './a.ts'\nexport const b: A = 1\nexport const later = () => import('./a.ts')\n`,
  }
  expect(findings({ ...clean, ...knot })).toEqual([])
})

it.each([`export * from './clock.ts'`, `export * as clock from './clock.ts'`, `export type * from './clock.ts'`])(
  '%s is refused',
  (text) => {
    expect(planted('src/core/everything.ts', text)).toEqual([
      'src/core/everything.ts:1 imports src/core/clock.ts: a face is an explicit list, never "export *"',
    ])
  },
)

it('a folder that the table does not know is named', () => {
  expect(planted('src/helpers/index.ts', `import { now } from '../core/index.ts'\n`)).toEqual([
    'src/helpers/index.ts:1 imports src/core/index.ts: "helpers" is not in the table of edges (scripts/directions/table.ts)',
  ])
})

it('a look that saw no file is not a success', () => {
  expect(findings({ 'README.md': '' })).toEqual(['no file in src was seen: is this the right folder?'])
})

it('this repository passes', () => {
  const { findings, files, imports } = checkDirections(fileURLToPath(new URL('..', import.meta.url)))
  expect(findings).toEqual([])
  expect(files).toBeGreaterThan(50)
  expect(imports).toBeGreaterThan(100)
})
