import { registerHooks } from 'node:module'
import { pathToFileURL } from 'node:url'

/**
 * Resolves the imports between files of one folder without asking the disk. They name whole files, thousands of times,
 * and all are modules: what the resolver would find out about each is known.
 *
 * @param {string} folder absolute
 * @param {'.ts' | '.js'} ending of its files
 */
export function resolveAtOnce(folder, ending) {
  const own = pathToFileURL(`${folder}/`).href
  const format = ending === '.ts' ? 'module-typescript' : 'module'
  registerHooks({
    resolve(specifier, context, next) {
      const isOwn = specifier.startsWith('.') && specifier.endsWith(ending) && context.parentURL?.startsWith(own)
      if (!isOwn) return next(specifier, context)
      return { url: new URL(specifier, context.parentURL).href, format, shortCircuit: true }
    },
  })
}
