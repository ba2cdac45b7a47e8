/** A kubeconfig for the embedded cluster. */
import type { Certified } from './certificates.ts'

export interface KubeconfigParts {
  readonly server: string
  /** A bearer token, or a client certificate and its key (PEM). */
  readonly user: string | Certified
  readonly namespace: string
  /** PEM of the cluster's own authority, where it serves HTTPS. */
  readonly authority: string | null
}

/** YAML text. Beside a plain http address it says `insecure-skip-tls-verify`: the JavaScript client demands it there. */
export function kubeconfig({ server, user, namespace, authority }: KubeconfigParts): string {
  const data = (pem: string): string => Buffer.from(pem).toString('base64')
  const trust = authority === null ? 'insecure-skip-tls-verify: true' : `certificate-authority-data: ${data(authority)}`
  const proof = typeof user === 'string' ? `token: ${user}` : `client-certificate-data: ${data(user.certificate)}\n      client-key-data: ${data(user.key)}`
  return `apiVersion: v1
kind: Config
clusters:
  - name: sandbox
    cluster:
      server: ${server}
      ${trust}
users:
  - name: sandbox
    user:
      ${proof}
contexts:
  - name: sandbox
    context:
      cluster: sandbox
      user: sandbox
      namespace: ${namespace}
current-context: sandbox
`
}
