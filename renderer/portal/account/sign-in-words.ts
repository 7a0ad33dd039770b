import { bad, type Answer } from '../api/answer.ts';

/**
 * A refused sign-in in words for the person at the form: every cause that there may be, and none confirmed, so that
 * nobody learns who has an account here.
 */
export function signInWords(answer: Answer<null>): Answer<null> {
  if (answer.ok) return answer;
  switch (answer.failure.code) {
    case 'credentials_wrong':
      return bad({
        ...answer.failure,
        message: 'E-mail or password is wrong, or the account cannot sign in yet.',
        mend: 'Check both. If you signed up lately, confirm your address with the link in our mail first.',
      });
    case 'approval_required':
      return bad({
        ...answer.failure,
        message: 'This account cannot sign in at present.',
        mend: 'The address has to be confirmed and the registration approved by an admin. We write to you at every step, so look for our last mail.',
      });
    default:
      return answer;
  }
}
