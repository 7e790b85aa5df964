"""What the words just before a number say that it is: a reference of some business, a telephone number, a card."""

import re
from enum import StrEnum

from relief.privacy.cues import words
from relief.privacy.draft import Draft

_WINDOW = 48
"""Characters before a number that are searched: about eight words."""

_WORD = re.compile(r"[a-z]+")
_CLAUSE_END = re.compile(r".*(?:[!?\n;\x1a]|(?<=[a-z]{5})\.\s|(?<=\d)[.,]\s)", re.DOTALL)
_COUNTING_WORDS = frozenset({"number", "numero", "nummer", "no", "nr"})
_OWNERS = frozenset({"my", "mi", "meine", "mein", "mon", "meu", "his", "her", "our"})


class Announced(StrEnum):
    """What a number is announced as."""

    reference = "reference"
    phone = "phone"
    card = "card"


_REFERENCE_WORDS = words(
    "order orders booking reservation invoice tracking track parcel shipment shipping package ref reference case sku",
    "ticket item product article model serial part version error isbn ean upc gtin barcode asin flight transaction",
    "txn confirmation claim contract meter batch lot imei quote po purchase catalog catalogue job request incident",
    "build firmware event session trace revision rev waybill awb consignment receipt voucher coupon promo stock",
    "quantity qty units points miles pieces ups fedex usps dhl dpd hermes timestamp epoch unix log exception status",
    "issue bug amount warranty device code coordinates latitude longitude lat lon gps customer membership loyalty",
    "total price balance pedido factura seguimiento envio reserva referencia articulo producto modelo serie",
    "incidencia expediente contrato paquete cantidad codigo total importe bestellung bestellnummer bestell rechnung",
    "rechnungsnummer sendung betrag sendungsnummer paket artikel artikelnummer auftrag auftragsnummer vorgang",
    "vorgangsnummer kundennummer vertrag vertragsnummer ticketnummer seriennummer modell buchung buchungsnummer",
    "fehlercode fehler referenz referenznummer lieferung commande facture suivi colis dossier produit modele contrat",
    "livraison erreur montant encomenda fatura rastreio rastreamento artigo produto protocolo erro valor ordine",
    "fattura spedizione pacco pratica bestelling factuur zending",
)
_PHONE_WORDS = words(
    "phone telephone tel mobile cell cellphone call called calling callback ring sms whatsapp reach contact dial fax",
    "text telefono movil celular llamar llame llamarme llamenme llamame contactar telefon telefonnummer handy",
    "handynummer mobil mobilnummer rufnummer anrufen ruckruf erreichbar erreichen portable appeler appelez joindre",
    "rappeler rappelez telephonique telefone telemovel ligar ligue contato contacto telefoon mobiel bel bellen",
    "cellulare chiamare",
)
CARD_WORDS = words(
    "card cards visa mastercard amex maestro discover debit credit tarjeta kreditkarte karte kartennummer carte",
    "cartao carta kaart creditcard",
)
_MEANINGS = (
    dict.fromkeys(_REFERENCE_WORDS, Announced.reference)
    | dict.fromkeys(_PHONE_WORDS, Announced.phone)
    | dict.fromkeys(CARD_WORDS, Announced.card)
)


def announced_as(draft: Draft, start: int) -> Announced | None:
    """Return what the nearest telling word of the clause before ``start`` announces."""
    window = draft.lower[start - _WINDOW if start > _WINDOW else 0 : start]
    clause_end = _CLAUSE_END.match(window)
    before = _WORD.findall(window, clause_end.end() if clause_end else 0)
    while before:
        word = before.pop()
        meaning = _MEANINGS.get(word)
        if meaning is not None:
            return meaning
        if word in _COUNTING_WORDS and before and before[-1] in _OWNERS:
            return Announced.phone
    return None
