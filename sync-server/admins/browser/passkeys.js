/**
 * The one script of the sign-in and account pages: asks the browser for a passkey and puts its answer into the form.
 * A form with `data-passkey="get"` or `"create"` is caught at its submit, fetches its options from `data-options` with its
 * own fields, and goes on with the answer in the field `passkey`.
 */
const supported =
  'PublicKeyCredential' in window && typeof PublicKeyCredential.parseRequestOptionsFromJSON === 'function';

function say(form, text) {
  const place = form.querySelector('[data-problem]');
  place.textContent = text;
  place.hidden = text === '';
}

async function optionsFor(form) {
  const response = await fetch(form.dataset.options, {
    method: 'POST',
    body: new URLSearchParams(new FormData(form)),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.detail);
  return answer;
}

async function ask(form) {
  const json = await optionsFor(form);
  if (form.dataset.passkey === 'create') {
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(json);
    return navigator.credentials.create({ publicKey });
  }
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(json);
  return navigator.credentials.get({ publicKey });
}

function wordsFor(error) {
  if (error.name === 'NotAllowedError') return 'No passkey was used. Try again, or go on another way.';
  if (error.name === 'InvalidStateError') return 'This device has a passkey for your account already.';
  if (error.name === 'SecurityError') return 'Open this page at its public address to use passkeys.';
  return error.message;
}

for (const form of document.querySelectorAll('form[data-passkey]')) {
  form.hidden = !supported;
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const button = form.querySelector('button');
    button.disabled = true;
    say(form, '');
    try {
      const credential = await ask(form);
      form.elements.namedItem('passkey').value = JSON.stringify(credential.toJSON());
      form.submit();
    } catch (error) {
      say(form, wordsFor(error));
      button.disabled = false;
      button.focus();
    }
  });
}
