/**
 * Says in one line when Node is too old. Plain JavaScript, because such a Node cannot even load the TypeScript beside it:
 * this runs before anything else (`node --import`, or as the first import).
 */
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);

// 24.7 brought argon2, which keeps passwords.
if (major < 24 || (major === 24 && minor < 7)) {
  process.stderr.write(
    `gatehouse: Node ${process.versions.node} is too old: version 24.7 or newer is needed. ` +
      'Get it from https://nodejs.org or your version manager, then run this again. [node_too_old]\n',
  );
  process.exit(1);
}
