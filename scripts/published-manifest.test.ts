import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { publishedManifest } from './published-manifest.ts'

const root = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))

it('the published package has the command, the exports and what they need to run', () => {
  expect(publishedManifest(root)).toMatchObject({
    name: 'sallyport',
    version: root.version,
    license: 'Apache-2.0',
    type: 'module',
    bin: { sallyport: 'bin/sallyport.js' },
    exports: { '.': { types: './lib/index.d.ts', default: './lib/index.js' }, './package.json': './package.json' },
    dependencies: root.dependencies,
  })
})

it.each(['private', 'scripts', 'devDependencies', 'optionalDependencies', 'allowScripts', 'workspaces'])(
  'the published package has no "%s"',
  (name) => {
    expect(publishedManifest({ ...root, [name]: {} })).not.toHaveProperty(name)
  },
)
