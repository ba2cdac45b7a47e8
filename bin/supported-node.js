/**
 * Whether a Node version fits the `engines` range of package.json. Plain JavaScript of the oldest kind: it must run on
 * the very versions it turns away. Knows the three forms our range uses: `^a.b.c`, `>=a`, and `||` between them.
 */
export function supportsNode(range, version) {
  const have = parts(version)
  return range.split('||').some(function (one) {
    const text = one.trim()
    const want = parts(text.replace(/^[^0-9]+/, ''))
    if (text.charAt(0) === '^' && have[0] !== want[0]) return false
    return compare(have, want) >= 0
  })
}

function parts(version) {
  const found = version.replace(/^v/, '').split('-')[0].split('.').map(Number)
  return [found[0] || 0, found[1] || 0, found[2] || 0]
}

function compare(left, right) {
  return left[0] - right[0] || left[1] - right[1] || left[2] - right[2]
}
