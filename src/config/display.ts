import type { Secret } from '../core/index.ts'

/**
 * The address of a database or of Redis for people and logs: without user, password and parameters.
 *
 * @example displayUrl(config.database.url) // 'postgres://db.example.com/sallyport'
 */
export function displayUrl(url: Secret): string {
  const text = url.reveal()
  if (text.startsWith('sqlite:')) return text
  const parsed = URL.parse(text)
  return parsed === null ? '[secret]' : `${parsed.protocol}//${parsed.host}${parsed.pathname}`
}
