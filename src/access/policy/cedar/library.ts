import { createRequire } from 'node:module'

export type Cedar = typeof import('@cedar-policy/cedar-wasm/nodejs')

/** Cedar, and who has which place in its cache. The cache never forgets a name, so the same few names are used again. */
export type Library = {
  /** Calls Cedar. Throws what the call throws; where that was the end of the instance, the next call gets a new one. */
  readonly ask: <T>(question: (cedar: Cedar) => T) => T
  readonly places: Map<object, string>
}

const NAME = '@cedar-policy/cedar-wasm/nodejs'
const require = createRequire(import.meta.url)
let loaded: Library | undefined

/**
 * Cedar itself: 4 MB of WebAssembly, loaded when the first policies are opened, and not before. It is one for the
 * thread, since its cache is.
 */
export function loadCedar(): Library {
  loaded ??= createLibrary()
  return loaded
}

function createLibrary(): Library {
  let cedar: Cedar | undefined
  const places: Library['places'] = new Map()
  const ask: Library['ask'] = (question) => {
    try {
      cedar ??= require(NAME) as Cedar
      return question(cedar)
    } catch (error) {
      if (isTheEnd(error)) {
        cedar = undefined
        places.clear()
        delete require.cache[require.resolve(NAME)]
      }
      throw error
    }
  }
  return Object.freeze({ ask, places })
}

// A text that is nested too deeply ends the stack inside WebAssembly, and after that the instance answers nothing.
function isTheEnd(error: unknown): boolean {
  return error instanceof Error && (error.name === 'RuntimeError' || error instanceof RangeError)
}
