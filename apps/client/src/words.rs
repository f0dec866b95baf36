//! What the client itself has to say, when no server could say it. Everything else the person
//! reads comes from the server or from the app's own messages.

use kernel::Lang;

pub struct Words {
    ar: &'static str,
    en: &'static str,
}

impl Words {
    pub fn get(&self, lang: Lang) -> &'static str {
        match lang {
            Lang::Ar => self.ar,
            Lang::En => self.en,
        }
    }
}

pub const OFFLINE: Words = Words {
    ar: "بلا اتصال. لم يُرسل شيء. تحقّق من الشبكة ثم أعد المحاولة.",
    en: "Offline. Nothing was sent. Check your connection and try again.",
};
pub const LOST: Words = Words {
    ar: "انقطع الاتصال قبل أن يصل الرد. أعد المحاولة: لن يتكرّر ما تمّ.",
    en: "The connection was lost before an answer came. Try again: nothing will be done twice.",
};
pub const SLOW: Words = Words {
    ar: "تأخّر الرد كثيرًا. أعد المحاولة: لن يتكرّر ما تمّ.",
    en: "The answer took too long. Try again: nothing will be done twice.",
};
pub const SIGNED_OUT: Words = Words {
    ar: "انتهت جلستك. سجّل الدخول من جديد.",
    en: "Your session has ended. Sign in again.",
};
pub const BROKEN: Words = Words {
    ar: "تعذّر ذلك من جهتنا. أعد المحاولة بعد قليل.",
    en: "We couldn't do this. Try again in a moment.",
};
pub const CARD_REFUSED: Words = Words {
    ar: "لم تُقبل بيانات البطاقة. لم يُخصم شيء. راجع الرقم والتاريخ والرمز.",
    en: "The card's details were not accepted. Nothing was charged. Check the number, the date and the code.",
};
pub const NO_PASSKEY: Words = Words {
    ar: "لم يُجب مفتاح مرور. جرّب مرة أخرى، أو استعمل رمز التطبيق.",
    en: "No passkey answered. Try again, or use the code of your app.",
};
pub const MAP_UNAVAILABLE: Words = Words {
    ar: "هذا المتصفّح لا يعرض الخريطة. كل ما فيها مكتوب في القائمة.",
    en: "This browser can't show the map. The list says everything on it.",
};
pub const MAP_NOT_LOADED: Words = Words {
    ar: "لم تُحمّل الخريطة. كل ما فيها مكتوب في القائمة.",
    en: "The map did not load. The list says everything on it.",
};
