/** Documents of the portal in memory: among them what a hostile author might write. */

export const weatherGuide = `# Getting started

The Weather API answers **where it will rain**, *how much*, and ~~whether to worry~~ when. Three steps to a first call:

1. Create an application in [the catalog](/).
2. Ask for access and wait for the mail.
3. Send your key in the \`apikey\` header.

\`\`\`bash
curl -i http://localhost:8000/mock -H 'apikey: {API_KEY}'
\`\`\`

> Keys are shown once. See [Keys and limits](keys.md).

## Limits

| Plan | Calls a minute | Calls a day |
|:-----|---------------:|------------:|
| Free | 60             | 5,000       |
| Pro  | 600            | 250,000     |

- [x] Forecasts
- [ ] Historical data, *planned*

### Status

Follow [the status page](https://status.example.com/weather) or write to <support@example.com>.
`;

export const weatherKeys = `# Keys and limits

A key is a string of 32 characters that belongs to one application.

## Rotation

Make a second key, move over, delete the first. Both work meanwhile.
`;

export const atlasGuide = `# Atlas

Tiles come in two sizes.

<script>window.__ran = true</script>
<img src="x" onerror="window.__ran = true">

[A link that should lead nowhere](javascript:window.__ran=true)
`;
