/** One question at a time, answered with yes or no. */
import { defineStore } from "pinia";
import { shallowRef } from "vue";

export interface Question {
  readonly title: string;
  readonly sentence: string;
  readonly action: string;
  readonly answer: (yes: boolean) => void;
}

export const useDialogs = defineStore("dialogs", () => {
  const question = shallowRef<Question>();

  function confirm(title: string, sentence: string, action: string): Promise<boolean> {
    question.value?.answer(false);
    return new Promise((resolve) => {
      const answer = (yes: boolean): void => {
        question.value = undefined;
        resolve(yes);
      };
      question.value = { title, sentence, action, answer };
    });
  }

  return { question, confirm };
});
