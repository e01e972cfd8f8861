/** Names that people choose: they appear in logs, metrics and events. */
export const NAME = '^[A-Za-z][A-Za-z0-9._-]{0,63}$'
export const NAME_FORM = 'must start with a letter and hold at most 64 letters, digits, `.`, `_` or `-`'
