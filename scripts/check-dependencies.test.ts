import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, it } from 'vitest'
import { checkDependencies } from './check-dependencies.ts'

const clean = {
  'package.json': JSON.stringify({ dependencies: { '@scope/a': '1.0.0' }, devDependencies: { tested: '1.0.0' } }),
  'docs/dependencies.md': '`@scope/a` reads; `tested` tests.',
  'src/core/read.ts': `import { join } from 'node:path'\nimport a from '@scope/a/deep'\nimport { b } from './b.ts'\n`,
  'src/core/read.test.ts': `import { it } from 'tested'\n`,
  'src/core/testing.ts': `import { it } from 'tested'\n`,
}

function findings(files: Record<string, string>): readonly string[] {
  const root = mkdtempSync(join(tmpdir(), 'sallyport-dependencies-'))
  try {
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, file)), { recursive: true })
      writeFileSync(join(root, file), text)
    }
    return checkDependencies(root)
  } finally {
    rmSync(root, { recursive: true })
  }
}

it('what is declared and explained passes; tests may use what only serves development', () => {
  expect(findings(clean)).toEqual([])
})

it.each([`import tested from 'tested'`, `import type { T } from 'tested'`, `export const t = () => import('tested')`])(
  '%s in a published file is named, since whoever installs us would lack it',
  (text) => {
    expect(findings({ ...clean, 'src/core/write.ts': text })).toEqual([
      'src/core/write.ts imports tested, which is not among the dependencies in package.json',
    ])
  },
)

it('a dependency that nobody gave a reason for is named', () => {
  expect(findings({ ...clean, 'docs/dependencies.md': '`tested` tests.' })).toEqual([
    'docs/dependencies.md does not say why @scope/a',
  ])
})
