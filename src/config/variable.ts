/** How every variable of ours starts. */
export const PREFIX = 'SALLYPORT_'

/**
 * The environment variable of a value.
 *
 * @example variableName(['master', 'keyFile']) // 'SALLYPORT_MASTER_KEY_FILE'; a name in capitals stays one word
 */
export function variableName(path: readonly string[]): string {
  return (
    PREFIX + path.map((part) => part.replace(/(?<=[a-z0-9])[A-Z]/g, (letter) => `_${letter}`).toUpperCase()).join('_')
  )
}
