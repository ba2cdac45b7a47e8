/** What the command line and the environment say about hosts and TLS (design section 5). The guard itself is `adapters/endpoint.ts`. */
import { KeyrotError } from '../domain/errors.ts'
import { quote } from './problems.ts'

const HOST = /^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*|\[[0-9a-f:.]+\])(?::\d{1,5})?$/

/** Hosts a person allowed by `--allow-host` (repeatable) and `KEYROT_ALLOW_HOSTS` (commas): `host` or `host:port`, no wildcards. Never from the config. */
export function allowedHosts(flags: readonly string[], variable: string | undefined): readonly string[] {
  const named = [...flags, ...(variable ?? '').split(',')].map((host) => host.trim().toLowerCase()).filter((host) => host !== '')
  const odd = named.find((host) => !HOST.test(host))
  if (odd === undefined) return [...new Set(named)]
  throw new KeyrotError({
    code: 'KR_ALLOW_HOST_INVALID',
    kind: 'usage',
    message: `${odd.includes('@') ? 'one of the allowed hosts' : quote(odd)} is not a host`,
    hints: ['--allow-host takes host or host:port, without scheme, path or wildcard'],
  })
}

/** Refuses to start where certificates are not checked: every key would be shown to whoever answers. */
export function refuseUncheckedTls(env: (name: string) => string | undefined): void {
  if (env('NODE_TLS_REJECT_UNAUTHORIZED') !== '0') return
  throw new KeyrotError({
    code: 'KR_TLS_UNCHECKED',
    kind: 'refused',
    message: 'NODE_TLS_REJECT_UNAUTHORIZED=0 turns the checking of certificates off',
    hints: ['unset it; to trust a certificate authority of your own, name its file in NODE_EXTRA_CA_CERTS'],
  })
}
