import { globSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Block, readPage } from './page.ts'

export const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** The pages that are read by people with a task, as paths from the root of the repository. */
export const PAGES: readonly string[] = ['README.md', ...globSync('docs/*.md', { cwd: ROOT }).sort()]

export const blocksOf = (page: string): readonly Block[] => readPage(page, join(ROOT, page))
