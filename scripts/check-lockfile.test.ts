import { expect, it } from 'vitest'
import { checkLockfile } from './check-lockfile.ts'

const lock = (entry: object): string =>
  JSON.stringify({ packages: { '': { name: 'sallyport' }, 'node_modules/x': entry } })

it('a package with its integrity and no address passes', () => {
  expect(checkLockfile(lock({ version: '1.0.0', integrity: 'sha512-x' }))).toEqual([])
})

it('a package tied to a registry’s address is named', () => {
  expect(checkLockfile(lock({ resolved: 'https://registry.example/x.tgz', integrity: 'sha512-x' }))).toEqual([
    'node_modules/x is tied to https://registry.example/x.tgz; .npmrc should keep addresses out',
  ])
})

it('a package that could be replaced unseen is named', () => {
  expect(checkLockfile(lock({ version: '1.0.0' }))).toEqual(['node_modules/x has no integrity'])
})

it('a workspace is a link and passes', () => {
  expect(checkLockfile(lock({ resolved: 'console', link: true }))).toEqual([])
})
