import { choice, duration, flag, integer, list, orNull, section, text } from '../fields.ts'
import { identityPasskeyFields } from './identity-passkeys.ts'
import { identityPasswordFields } from './identity-passwords.ts'

const ORIGIN = '^https?://[A-Za-z0-9.\\[\\]:-]{1,253}$'

export const identityFields = {
  identity: section('People: how they come to be, sign in and stay signed in.', {
    registration: choice(
      'Who may register: with `open` everybody, with `invited` who has an invitation, with `closed` nobody; administrators can always make people.',
      ['open', 'invited', 'closed'],
      { default: 'invited' },
    ),
    language: choice('The language of people who have not chosen one.', ['en', 'de'], { default: 'en' }),
    pages: orNull(
      text('Where the pages are that mailed links lead to, when they are not at the issuer.', {
        maxLength: 512,
        examples: ['https://account.example.com'],
      }),
    ),
    origins: list(
      'Origins of pages of yours, besides the issuer’s, that may act for a signed-in person.',
      text('Scheme, host and port.', {
        pattern: ORIGIN,
        form: 'must be an origin such as https://app.example.com, without a path',
        examples: ['https://app.example.com'],
      }),
      { default: [], maxItems: 32 },
    ),
    answerDelay: duration(
      'How long an answer takes at the least that must not tell whether an account exists. It has to be longer than the work.',
      { min: '0ms', max: '5s', default: '300ms' },
    ),
    totpIssuer: orNull(
      text('The name that authenticator apps show beside the account; that of the organization unless told.', {
        minLength: 1,
        maxLength: 64,
        examples: ['Example'],
      }),
    ),
    dnsServers: list(
      'DNS servers that the domains of organizations are looked up with; those of the machine unless told.',
      text('An address, with a port where it is not 53.', {
        maxLength: 64,
        examples: ['192.0.2.53'],
      }),
      { default: [], maxItems: 8 },
    ),
    passwords: identityPasswordFields,
    passkeys: identityPasskeyFields,
    sessions: section('How long people stay signed in. Organizations can only be stricter.', {
      absolute: duration('A session ends after this long, however it is used.', {
        min: '5m',
        max: '90d',
        default: '24h',
      }),
      idle: duration('A session that was not used for this long ends.', { min: '1m', max: '30d', default: '1h' }),
      most: integer('Sessions of one person at once; the oldest makes room.', { min: 1, max: 1000, default: 5 }),
      onNetworkChange: choice(
        'What happens when a session is used from another network: `record` writes an event, `reauthenticate` demands a fresh proof.',
        ['record', 'reauthenticate'],
        { default: 'record' },
      ),
    }),
    signIn: section('Signing in, and proving it again.', {
      within: duration('For all steps of one sign-in together.', { min: '1m', max: '1h', default: '10m' }),
      lockAfter: integer('Wrong passwords after which an account is locked for the network they came from.', {
        min: 3,
        max: 100,
        default: 5,
      }),
      lockFor: duration('How long such a lock lasts.', { min: '1m', max: '24h', default: '30m' }),
      stepUpWithin: duration('How fresh a proof must be for what is sensitive, such as a new factor.', {
        min: '1m',
        max: '1h',
        default: '10m',
      }),
      trustDevices: duration('How long a device stands for the second factor once its person said so.', {
        min: '1h',
        max: '365d',
        default: '30d',
      }),
      risk: choice(
        'When something unusual about a sign-in (another country, impossible travel, many failures before) demands a second factor, or a code by mail from who has none: `standard`; `strict` also for a new device; `off` never.',
        ['standard', 'strict', 'off'],
        { default: 'standard' },
      ),
    }),
    recovery: section('Letting people in again who lost every second factor, by an administrator.', {
      wait: duration('How long the person has to stop it, by a link in the mail they get at once.', {
        min: '1h',
        max: '30d',
        default: '24h',
      }),
      fourEyes: flag('Whether somebody else than who began it has to finish it.', { default: false }),
    }),
    links: section('How long mailed links work. Each works once.', {
      verify: duration('To verify an address.', { min: '5m', max: '7d', default: '24h' }),
      reset: duration('To set a new password.', { min: '5m', max: '24h', default: '30m' }),
      magic: duration('To sign in without a password.', { min: '1m', max: '1h', default: '10m' }),
      invitation: duration('To join an organization.', { min: '1h', max: '90d', default: '7d' }),
    }),
  }),
}
