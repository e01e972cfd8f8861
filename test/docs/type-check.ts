import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { EXPORTS } from '../../scripts/published-manifest.ts'
import type { Block } from './page.ts'
import { ROOT } from './read.ts'

/** Type-checks all blocks at once. @returns what the compiler says, with the places in the pages; empty when all is well */
export function typeCheck(blocks: readonly Block[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-docs-types-'))
  try {
    const names = blocks.map(({ page, line, language }) =>
      [`${page.replaceAll(/\W/g, '-')}-${line}`, language].join('.'),
    )
    for (const [i, block] of blocks.entries()) writeFileSync(join(folder, names[i] ?? ''), `${block.text}\nexport {}\n`)
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(settings(names)))
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
    const tsc = join(ROOT, 'node_modules/.bin/tsc')
    const { stdout } = spawnSync(tsc, ['-p', '.', '--pretty', 'false'], { cwd: folder, encoding: 'utf8' })
    // What is wrong in the sources is said by others.
    const own = stdout.split('\n').filter((line) => names.some((name) => line.startsWith(name)))
    return own.join('\n')
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function settings(files: readonly string[]) {
  return {
    extends: join(ROOT, 'tsconfig.json'),
    compilerOptions: {
      noImplicitAny: false,
      checkJs: true,
      noUnusedLocals: false,
      paths: Object.fromEntries(
        EXPORTS.map(([subpath, source]) => [`sallyport${subpath.slice(1)}`, [join(ROOT, 'src', source)]]),
      ),
    },
    include: [],
    files,
  }
}
